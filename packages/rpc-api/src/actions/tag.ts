// Tags and resource groups of any resource. VPC and ECS spell one of the actions differently.
import { type Action, action, type Body, type Product } from '../action.ts'
import { answer, anyRegion, done, inRegion, tokenParameters } from '../answer.ts'
import { flag, objects, required, tags, text, texts, unservedTree } from '../parameter.ts'

const resourceType = required(text('HAVIP, EIP, VPC, VSWITCH, ROUTETABLE, instance, securitygroup or eni, in any case.', 64))
const errors = [
  'InvalidResourceType.NotFound',
  'InvalidResourceId.NotFound',
  'InvalidTagKey.Malformed',
  'InvalidTagValue.Malformed',
] as const

const tagActionsOf = (product: Product, untag: string): readonly Action[] => [
  action({
    product,
    name: 'TagResources',
    level: 'write',
    doc: 'Sets tags on resources; the value of a key that is there already is replaced.',
    parameters: {
      ...inRegion,
      ResourceType: resourceType,
      ResourceId: required(texts('Up to 50 resources.', 50)),
      Tag: required(tags('Up to 20 tags.')),
    },
    errors: [...errors, 'QuotaExceeded.TagsPerResource'],
    run: (input, { service, caller }) =>
      done(service.tagResources(caller, { type: input.ResourceType, ids: input.ResourceId, tags: input.Tag })),
  }),
  action({
    product,
    name: untag,
    level: 'write',
    doc: 'Takes tags off resources: those named, or all with All.',
    parameters: {
      ...inRegion,
      ResourceType: resourceType,
      ResourceId: required(texts('Up to 50 resources.', 50)),
      TagKey: texts('Up to 20 keys.', 20),
      All: flag('Every tag; counts only when no key is given.'),
    },
    errors,
    run: (input, { service, caller }) => {
      const keys = input.TagKey ?? []
      return done(
        service.untagResources(caller, {
          type: input.ResourceType,
          ids: input.ResourceId,
          keys,
          all: keys.length === 0 && input.All === true,
        }),
      )
    },
  }),
  action({
    product,
    name: 'ListTagResources',
    level: 'read',
    doc: 'Lists tags by resource; with tags given, only of resources that carry them all.',
    parameters: {
      ...inRegion,
      ResourceType: resourceType,
      ResourceId: texts('Up to 50 resources.', 50),
      Tag: objects('Up to 20 tags; without a value any value matches.', 20, {
        Key: required(text('Key.', 128)),
        Value: text('Value.', 128),
      }),
      ...(product === 'ecs' && { TagFilter: unservedTree('give Tag.N') }),
      ...tokenParameters(1, 50),
    },
    errors: ['InvalidResourceType.NotFound', 'MissingParameter.ResourceIds'],
    run: (input, { service, caller }) =>
      answer(
        service.listTags(caller, {
          type: input.ResourceType,
          ids: input.ResourceId,
          ...(input.Tag && { tags: input.Tag.map((tag) => ({ key: tag.Key, value: tag.Value })) }),
          max: input.MaxResults ?? 50,
          token: input.NextToken,
        }),
        ({ items, nextToken }) => ({
          NextToken: nextToken,
          TagResources: {
            TagResource: items.map(
              (row): Body => ({
                ResourceId: row.id,
                ResourceType: product === 'ecs' ? row.type.toLowerCase() : row.type,
                TagKey: row.key,
                TagValue: row.value,
              }),
            ),
          },
        }),
      ),
  }),
]

export const tagActions: readonly Action[] = [
  ...tagActionsOf('vpc', 'UnTagResources'),
  ...tagActionsOf('ecs', 'UntagResources'),
  action({
    product: 'vpc',
    name: 'MoveResourceGroup',
    level: 'write',
    doc: 'Moves a resource to another resource group.',
    parameters: {
      ...anyRegion,
      ResourceId: required(text('The resource.', 64)),
      ResourceType: resourceType,
      NewResourceGroupId: required(text('The resource group.', 64)),
    },
    errors: ['InvalidResourceType.NotFound', 'InvalidResourceId.NotFound'],
    run: (input, { service, caller }) =>
      done(service.moveResourceGroup(caller, { type: input.ResourceType, id: input.ResourceId, resourceGroup: input.NewResourceGroupId })),
  }),
]
