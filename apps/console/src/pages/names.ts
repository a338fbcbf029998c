// What people call a thing, or its id when they gave it no name.
import type { Instance } from '../api/types.ts'

export const nameOf = (instance: Instance | undefined, id: string): string => instance?.InstanceName || id
export const addressOf = (instance: Instance): string => instance.VpcAttributes.PrivateIpAddress.IpAddress[0] ?? ''
/** `name` and its id in brackets never both when they are the same. */
export const labelOf = (name: string, id: string): string => (name === '' || name === id ? id : name)
