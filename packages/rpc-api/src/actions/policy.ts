// Policies: JSON documents that widen or narrow what a user's role allows, by action and resource.
import type { Policy } from '@havip/vpc-service'
import { type Action, action, type Body } from '../action.ts'
import { answer, done, formatTime, pageNumbers, pageOf, pageParameters } from '../answer.ts'
import { required, text } from '../parameter.ts'

const name = required(text('The policy: 1 to 128 letters, digits and hyphens.', 128))
const userName = required(text('The user.', 64))
const description = text('What it is for.', 1024)
const document = (doc: string) => text(doc, 6144)

const policyOf = (policy: Policy): Body => ({
  PolicyName: policy.name,
  Description: policy.description,
  PolicyDocument: policy.document,
  CreateTime: formatTime(policy.createdAt),
  UpdateTime: formatTime(policy.updatedAt),
})

export const policyActions: readonly Action[] = [
  action({
    product: 'havip',
    name: 'CreatePolicy',
    level: 'administer',
    doc: 'Keeps a policy under a name; it does nothing until it is attached to a user.',
    parameters: {
      PolicyName: name,
      Description: description,
      PolicyDocument: required(document('JSON: Version "1", and statements with Effect, Action, Resource and perhaps Condition.')),
    },
    errors: ['EntityAlreadyExists.Policy', 'InvalidParameter.PolicyDocument', 'LimitExceeded.Policy', 'InvalidParameter'],
    run: (input, { ports, caller }) =>
      answer(
        ports.access.createPolicy(caller, { name: input.PolicyName, description: input.Description, document: input.PolicyDocument }),
        (policy) => ({ Policy: policyOf(policy) }),
      ),
  }),
  action({
    product: 'havip',
    name: 'UpdatePolicy',
    level: 'administer',
    doc: 'Changes a policy; it counts at once for those who have it.',
    parameters: { PolicyName: name, Description: description, PolicyDocument: document('The new document.') },
    errors: ['EntityNotExist.Policy', 'InvalidParameter.PolicyDocument', 'InvalidParameter'],
    run: (input, { ports, caller }) =>
      answer(
        ports.access.updatePolicy(caller, { name: input.PolicyName, description: input.Description, document: input.PolicyDocument }),
        (policy) => ({ Policy: policyOf(policy) }),
      ),
  }),
  action({
    product: 'havip',
    name: 'DeletePolicy',
    level: 'administer',
    doc: 'Removes a policy that no user has.',
    parameters: { PolicyName: name },
    errors: ['EntityNotExist.Policy', 'DeleteConflict.Policy.User'],
    run: (input, { ports, caller }) => done(ports.access.deletePolicy(caller, { name: input.PolicyName })),
  }),
  action({
    product: 'havip',
    name: 'GetPolicy',
    level: 'administer',
    doc: 'Describes one policy, with the users who have it.',
    parameters: { PolicyName: name },
    errors: ['EntityNotExist.Policy'],
    run: (input, { ports, caller }) =>
      answer(ports.access.getPolicy(caller, { name: input.PolicyName }), (policy) => ({
        Policy: { ...policyOf(policy), Users: policy.users },
      })),
  }),
  action({
    product: 'havip',
    name: 'ListPolicies',
    level: 'administer',
    doc: 'Lists policies.',
    parameters: pageParameters(100),
    errors: [],
    run: (input, { ports, caller }) => {
      const paging = pageOf(input)
      return answer(ports.access.listPolicies(caller, { paging }), (page) => ({
        ...pageNumbers(page, paging),
        Policies: page.items.map(policyOf),
      }))
    },
  }),
  action({
    product: 'havip',
    name: 'AttachPolicyToUser',
    level: 'administer',
    doc: 'Makes a policy count for a user.',
    parameters: { PolicyName: name, UserName: userName },
    errors: ['EntityNotExist.Policy', 'EntityNotExist.User', 'LimitExceeded.User.Policy'],
    run: (input, { ports, caller }) => done(ports.access.attachPolicy(caller, { name: input.UserName, policy: input.PolicyName })),
  }),
  action({
    product: 'havip',
    name: 'DetachPolicyFromUser',
    level: 'administer',
    doc: 'Makes a policy count for a user no longer.',
    parameters: { PolicyName: name, UserName: userName },
    errors: ['EntityNotExist.User'],
    run: (input, { ports, caller }) => done(ports.access.detachPolicy(caller, { name: input.UserName, policy: input.PolicyName })),
  }),
]
