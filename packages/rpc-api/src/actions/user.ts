// Users, their passwords and second factors; links that sign in once.
import { fail, ok, type Result } from '@havip/base'
import { type ApiFault, apiFault } from '@havip/vpc'
import { type Page, roles, type User } from '@havip/vpc-service'
import { type Action, type ActionContext, action, type Body } from '../action.ts'
import { answer, done, formatTime, pageNumbers, pageOf, pageParameters } from '../answer.ts'
import { choice, flag, required, text } from '../parameter.ts'

const userName = text('The user.', 64)
const own = text('The user; the caller itself when left out. Another’s needs the role administrator.', 64)
const password = (doc: string) => text(doc, 1024)
const role = choice('administrator, operator, viewer, or restricted: nothing but what a policy allows.', roles)

const userOf = (user: User): Body => ({
  UserName: user.name,
  DisplayName: user.displayName,
  Role: user.role,
  Disabled: user.isDisabled,
  HasPassword: user.password !== undefined,
  SecondFactor: user.secondFactor?.isConfirmed ?? false,
  Policies: user.policies,
  CreateTime: formatTime(user.createdAt),
})

/** Oneself, or anybody for an administrator; not as a temporary credential with less than its user has. */
export function ownOr(context: ActionContext, given: string | undefined): Result<string, ApiFault> {
  const { identity } = context
  if (given === undefined || given === identity.user) return { ok: true, value: identity.user }
  return identity.role === 'administrator' && !identity.isTemporary
    ? { ok: true, value: given }
    : fail(apiFault('OperationDenied.OtherUser'))
}

export const userActions: readonly Action[] = [
  action({
    product: 'havip',
    name: 'CreateUser',
    level: 'administer',
    doc: 'Makes a user.',
    parameters: {
      UserName: required(text('1 to 63 lower-case letters, digits, dots, hyphens and underscores.', 64)),
      DisplayName: text('For people.', 128),
      Role: required(role),
      Password: password('10 characters at least; without one, a one-time link or an access key is the way in.'),
    },
    errors: ['EntityAlreadyExists.User', 'LimitExceeded.User', 'InvalidParameter'],
    run: (input, { ports, caller }) =>
      answer(
        ports.access.createUser(caller, {
          name: input.UserName,
          displayName: input.DisplayName,
          role: input.Role,
          password: input.Password,
        }),
        (user) => ({ User: userOf(user) }),
      ),
  }),
  action({
    product: 'havip',
    name: 'ListUsers',
    level: 'administer',
    doc: 'Lists users.',
    parameters: { UserName: userName, ...pageParameters(100) },
    errors: [],
    run: (input, { ports, caller }) => {
      const paging = pageOf(input)
      return answer(ports.access.listUsers(caller, { paging, name: input.UserName }), (page: Page<User>) => ({
        ...pageNumbers(page, paging),
        Users: page.items.map(userOf),
      }))
    },
  }),
  action({
    product: 'havip',
    name: 'GetOwnUser',
    level: 'self',
    doc: 'Tells the caller who it is: its role, and how it may sign in.',
    parameters: {},
    errors: ['EntityNotExist.User'],
    run: async (_, { ports, caller, identity }) => {
      const found = await ports.access.listUsers(caller, { paging: { kind: 'page', number: 1, size: 1 }, name: identity.user })
      if (!found.ok) return found
      const [user] = found.value.items
      return user ? ok({ User: userOf(user) }) : fail(apiFault('EntityNotExist.User', { name: identity.user }))
    },
  }),
  action({
    product: 'havip',
    name: 'UpdateUser',
    level: 'administer',
    doc: 'Changes a user’s role or name for people, or disables it: its keys and sessions then count no longer.',
    parameters: {
      UserName: required(userName),
      DisplayName: text('For people.', 128),
      Role: role,
      Disabled: flag('Whether it is disabled.'),
    },
    errors: ['EntityNotExist.User', 'OperationDenied.LastAdministrator', 'InvalidParameter'],
    run: (input, { ports, caller }) =>
      answer(
        ports.access.updateUser(caller, {
          name: input.UserName,
          displayName: input.DisplayName,
          role: input.Role,
          isDisabled: input.Disabled,
        }),
        (user) => ({ User: userOf(user) }),
      ),
  }),
  action({
    product: 'havip',
    name: 'DeleteUser',
    level: 'administer',
    doc: 'Removes a user with its access keys and sessions.',
    parameters: { UserName: required(userName) },
    errors: ['EntityNotExist.User', 'OperationDenied.LastAdministrator'],
    run: (input, { ports, caller }) => done(ports.access.deleteUser(caller, { name: input.UserName })),
  }),
  action({
    product: 'havip',
    name: 'SetUserPassword',
    level: 'administer',
    doc: 'Gives a user a password, and ends its sessions.',
    parameters: { UserName: required(userName), Password: required(password('The new password, 10 characters at least.')) },
    errors: ['EntityNotExist.User', 'InvalidParameter'],
    run: (input, { ports, caller }) => done(ports.access.setPassword(caller, { name: input.UserName, password: input.Password })),
  }),
  action({
    product: 'havip',
    name: 'ChangePassword',
    level: 'self',
    doc: 'Changes the caller’s own password, and ends its other sessions.',
    parameters: {
      OldPassword: password('The one it has; not needed when there is none.'),
      NewPassword: required(password('The new one, 10 characters at least.')),
    },
    errors: ['InvalidParameter.OldPassword', 'InvalidParameter'],
    run: (input, { ports, caller, identity }) =>
      done(
        ports.access.changePassword(caller, {
          user: identity.user,
          oldPassword: input.OldPassword ?? '',
          newPassword: input.NewPassword,
          session: identity.session,
        }),
      ),
  }),
  action({
    product: 'havip',
    name: 'BeginSecondFactor',
    level: 'self',
    doc: 'Gives the caller a secret for an authenticator app; it counts once a code of it was confirmed.',
    parameters: {},
    errors: ['SecondFactor.Exists'],
    run: (_, { ports, caller, identity }) =>
      answer(ports.access.beginSecondFactor(caller, { user: identity.user }), ({ secret, uri }) => ({ Secret: secret, Uri: uri })),
  }),
  action({
    product: 'havip',
    name: 'ConfirmSecondFactor',
    level: 'self',
    doc: 'Turns the caller’s second factor on: from now on a code is asked for when it signs in.',
    parameters: { Code: required(text('The six digits of now.', 16)) },
    errors: ['SecondFactor.NotBegun', 'SecondFactor.WrongCode'],
    run: (input, { ports, caller, identity }) => done(ports.access.confirmSecondFactor(caller, { user: identity.user, code: input.Code })),
  }),
  action({
    product: 'havip',
    name: 'RemoveSecondFactor',
    level: 'administer',
    doc: 'Turns a user’s second factor off, for a device that was lost.',
    parameters: { UserName: required(userName) },
    errors: ['EntityNotExist.User'],
    run: (input, { ports, caller }) => done(ports.access.removeSecondFactor(caller, { name: input.UserName })),
  }),
  action({
    product: 'havip',
    name: 'CreateSigninLink',
    level: 'self',
    doc: 'Gives a link into the console that signs in once, within 15 minutes.',
    parameters: { UserName: own },
    errors: ['EntityNotExist.User', 'OperationDenied.OtherUser'],
    run: async (input, context) => {
      const user = ownOr(context, input.UserName)
      if (!user.ok) return user
      return answer(context.ports.access.createSigninLink(context.caller, { user: user.value }), ({ token, expiresAt }) => ({
        // After the hash: it never reaches a server's log.
        Path: `/#signin=${token}`,
        UserName: user.value,
        ExpireTime: formatTime(expiresAt),
      }))
    },
  }),
]
