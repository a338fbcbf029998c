// What sets of trackers have in common: who uses one, and whether it is still the same after a reload.
import type { Configuration, InstanceConf } from '@havip/conf'

type TrackList = 'trackScripts' | 'trackFiles' | 'trackProcesses' | 'trackBfd' | 'trackInterfaces'

/** Does an instance or a sync group track it? */
export const usedBy = ({ instances, syncGroups }: Configuration, list: TrackList, name: string): boolean =>
  [...instances, ...syncGroups].some((user: Pick<InstanceConf, TrackList>) => user[list].some((entry) => entry.name === name))

/** Equal but for the places in the text. */
export const sameTracker = (a: object, b: object): boolean => withoutPlaces(a) === withoutPlaces(b)
const withoutPlaces = (value: object): string => JSON.stringify(value, (key, inner: unknown) => (key === 'at' ? undefined : inner))
