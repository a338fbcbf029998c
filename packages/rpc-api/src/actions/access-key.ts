// Access keys of users, and temporary credentials with less than their user has.
import { fail, ok } from '@havip/base'
import { apiFault } from '@havip/vpc'
import { type Action, type ActionContext, action, type Body } from '../action.ts'
import { answer, done, formatTime, pageNumbers, pageOf, pageParameters } from '../answer.ts'
import { choice, integer, required, text } from '../parameter.ts'
import { ownOr } from './user.ts'

const own = text('The user; the caller itself when left out. Another’s needs the role administrator.', 64)
// `AccessKeyId` is who signs.
const keyId = required(text('The access key.', 64))

/** Which user's keys the caller may touch: its own, or any as an administrator. */
const ownerFor = ({ identity }: ActionContext): string | undefined => (identity.role === 'administrator' ? undefined : identity.user)

const roleArn = /^acs:ram::(\d+):role\/(administrator|operator|viewer)$/i

export const accessKeyActions: readonly Action[] = [
  action({
    product: 'havip',
    name: 'CreateAccessKey',
    level: 'self',
    doc: 'Makes an access key for a user; the secret is told here and never again.',
    parameters: { UserName: own },
    errors: ['EntityNotExist.User', 'LimitExceeded.User.AccessKey', 'OperationDenied.OtherUser'],
    run: async (input, context) => {
      const user = ownOr(context, input.UserName)
      if (!user.ok) return user
      return answer(context.ports.access.createAccessKey(context.caller, { user: user.value }), ({ id, secret }) => ({
        AccessKey: { AccessKeyId: id, AccessKeySecret: secret, Status: 'Active', UserName: user.value },
      }))
    },
  }),
  action({
    product: 'havip',
    name: 'RotateAccessKey',
    level: 'self',
    doc: 'Puts a new access key in the place of one, which counts no longer.',
    parameters: { UserAccessKeyId: keyId },
    errors: ['EntityNotExist.User.AccessKey'],
    run: (input, context) =>
      answer(context.ports.access.rotateAccessKey(context.caller, { key: input.UserAccessKeyId, owner: ownerFor(context) }), (key) => ({
        AccessKey: { AccessKeyId: key.id, AccessKeySecret: key.secret, Status: 'Active' },
      })),
  }),
  action({
    product: 'havip',
    name: 'UpdateAccessKey',
    level: 'self',
    doc: 'Disables an access key, or enables it again.',
    parameters: { UserAccessKeyId: keyId, Status: required(choice('Active or Inactive.', ['Active', 'Inactive'])) },
    errors: ['EntityNotExist.User.AccessKey'],
    run: (input, context) =>
      done(
        context.ports.access.setAccessKeyActive(context.caller, {
          key: input.UserAccessKeyId,
          owner: ownerFor(context),
          isActive: input.Status === 'Active',
        }),
      ),
  }),
  action({
    product: 'havip',
    name: 'DeleteAccessKey',
    level: 'self',
    doc: 'Removes an access key.',
    parameters: { UserAccessKeyId: keyId },
    errors: ['EntityNotExist.User.AccessKey'],
    run: (input, context) =>
      done(context.ports.access.deleteAccessKey(context.caller, { key: input.UserAccessKeyId, owner: ownerFor(context) })),
  }),
  action({
    product: 'havip',
    name: 'ListAccessKeys',
    level: 'self',
    doc: 'Lists access keys, temporary ones too, without their secrets: one user’s, or for an administrator everybody’s.',
    parameters: { UserName: own, ...pageParameters(100) },
    errors: ['EntityNotExist.User', 'OperationDenied.OtherUser'],
    run: async (input, context) => {
      const user = ownOr(context, input.UserName)
      if (!user.ok) return user
      const isEverybody = input.UserName === undefined && context.identity.role === 'administrator'
      const paging = pageOf(input)
      const listed = context.ports.access.listAccessKeys(context.caller, { user: isEverybody ? undefined : user.value, paging })
      return answer(listed, (page) => ({
        ...pageNumbers(page, paging),
        AccessKeys: page.items.map(
          (key): Body => ({
            AccessKeyId: key.id,
            UserName: key.userName,
            Status: key.isActive ? 'Active' : 'Inactive',
            CreateTime: formatTime(key.createdAt),
            Temporary: key.temporary !== undefined,
            ExpireTime: key.temporary ? formatTime(key.temporary.expiresAt) : '',
            Role: key.temporary?.role ?? '',
            SessionName: key.temporary?.sessionName ?? '',
          }),
        ),
      }))
    },
  }),
  action({
    product: 'sts',
    name: 'AssumeRole',
    level: 'self',
    doc: 'Gives temporary credentials of the caller’s user with no more than a role, and no more than a policy, allows.',
    parameters: {
      RoleArn: required(text('acs:ram::ACCOUNT:role/administrator, …/operator or …/viewer.', 256)),
      RoleSessionName: required(text('What it is for: 2 to 64 letters, digits, dots, hyphens, underscores and @.', 64)),
      DurationSeconds: integer('How long it counts: 900 to 43200, 3600 when left out.', 900, 43_200),
      Policy: text('JSON of a policy; only what it allows is allowed.', 6144),
    },
    errors: ['EntityNotExist.Role', 'InvalidParameter', 'InvalidParameter.PolicyDocument', 'LimitExceeded.User.AccessKey'],
    run: (input, { ports, caller, identity }) => {
      const [, account, role] = roleArn.exec(input.RoleArn) ?? []
      if (role === undefined || account !== caller.account) {
        return Promise.resolve(fail(apiFault('EntityNotExist.Role', { name: input.RoleArn })))
      }
      if (!/^[\w.@-]{2,64}$/.test(input.RoleSessionName)) {
        return Promise.resolve(
          fail(
            apiFault('InvalidParameter', { name: 'RoleSessionName', reason: 'it has 2 to 64 letters, digits and the characters . @ - _' }),
          ),
        )
      }
      const assumed = ports.access.assumeRole(caller, {
        user: identity.user,
        role: role.toLowerCase() as 'administrator' | 'operator' | 'viewer',
        sessionName: input.RoleSessionName,
        durationSeconds: input.DurationSeconds ?? 3600,
        policy: input.Policy,
      })
      return answer(assumed, ({ id, secret, token, expiresAt }) => ({
        AssumedRoleUser: {
          Arn: `acs:ram::${caller.account}:role/${role.toLowerCase()}/${input.RoleSessionName}`,
          AssumedRoleId: `${identity.user}:${input.RoleSessionName}`,
        },
        Credentials: { AccessKeyId: id, AccessKeySecret: secret, SecurityToken: token, Expiration: formatTime(expiresAt) },
      }))
    },
  }),
  action({
    product: 'sts',
    name: 'GetCallerIdentity',
    level: 'read',
    doc: 'Says who the caller is.',
    parameters: {},
    errors: [],
    run: (_, { caller, identity }) =>
      Promise.resolve(
        ok({
          AccountId: caller.account,
          UserId: identity.user,
          PrincipalId: identity.principal,
          IdentityType: identity.isTemporary ? 'AssumedRoleUser' : 'RAMUser',
          Arn: `acs:ram::${caller.account}:user/${identity.user}`,
          RoleId: identity.role,
        }),
      ),
  }),
]
