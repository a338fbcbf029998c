// What an installation offers unless it is configured otherwise: one region, images and types. The host runs them all.
import type { Image, InstanceType, Region, RegionId, ZoneId } from './resource.ts'

export const defaultRegions: readonly Region[] = [
  {
    id: 'cn-hangzhou' as RegionId,
    localName: 'Hangzhou',
    zones: ['b', 'g', 'h', 'i', 'j', 'k'].map((letter) => ({
      id: `cn-hangzhou-${letter}` as ZoneId,
      localName: `Hangzhou Zone ${letter.toUpperCase()}`,
    })),
  },
]

/** The image of a namespace instance is the host's own file system, seen through an overlay. */
export const defaultImages: readonly Image[] = [
  { id: 'havip_host_x64', name: 'havip_host_x64', osName: "The host's own Linux", family: 'havip_host', sizeGb: 20 },
]

export const defaultInstanceTypes: readonly InstanceType[] = [
  { id: 'ecs.t6-c1m1.large', family: 'ecs.t6', cpus: 2, memoryMb: 2048 },
  { id: 'ecs.g7.large', family: 'ecs.g7', cpus: 2, memoryMb: 8192 },
  { id: 'ecs.g7.xlarge', family: 'ecs.g7', cpus: 4, memoryMb: 16384 },
  { id: 'ecs.c7.large', family: 'ecs.c7', cpus: 2, memoryMb: 4096 },
]
