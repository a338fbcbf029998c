// Every refusal the cloud's API knows: its code (spelled as the API spells it, mistakes included), HTTP status and a sentence.
// Sources: the vendor's API pages; where two of them disagree about a status, clients that are in use decide.

/** What a caller of the API is told. Only the code and the status are relied upon by clients. */
export type ApiFault = { readonly code: string; readonly status: number; readonly message: string }

type Entry = { readonly status: number; readonly message: string }

/** Facts go in at `{name}`. */
export const faultTable = {
  // Common
  MissingParameter: { status: 400, message: 'The parameter {name} is required.' },
  InvalidParameter: { status: 400, message: 'The parameter {name} is not valid: {reason}.' },
  'InvalidParameter.Conflict': { status: 400, message: 'The parameters {one} and {other} exclude each other.' },
  'InvalidRegionId.NotFound': { status: 404, message: 'The region {id} is not served here.' },
  'InvalidZoneId.NotFound': { status: 404, message: 'The zone {id} does not exist in this region.' },
  IdempotentParameterMismatch: { status: 400, message: 'This ClientToken was used before with other parameters.' },
  DryRunOperation: { status: 400, message: 'The request would have succeeded; DryRun was set, so nothing was changed.' },
  'InvalidFilterKey.ValueNotSupported': { status: 400, message: 'The filter key {name} is not supported.' },
  'InvalidTag.Malformed': { status: 400, message: 'The tags are not valid: {reason}.' },
  'InvalidTagKey.Malformed': { status: 400, message: 'The tag key {name} is not valid.' },
  'InvalidTagValue.Malformed': { status: 400, message: 'The value of the tag {name} is not valid.' },
  'QuotaExceeded.TagsPerResource': { status: 400, message: 'A resource has at most 20 tags.' },
  'InvalidResourceType.NotFound': { status: 404, message: 'The resource type {name} is not known.' },
  'InvalidResourceId.NotFound': { status: 404, message: 'The resource {id} does not exist.' },
  'MissingParameter.ResourceIds': { status: 400, message: 'ResourceId.N or Tag.N is required.' },
  'OperationDenied.Administrator': { status: 403, message: 'Only an operator may do this.' },
  // HaVip
  'Forbidden.HaVip': {
    status: 400,
    message: 'HaVip is not enabled for this account. Apply for the privilege vpc_privilege_allow_buy_havip_instance in Quota Center.',
  },
  'InvalidHaVipId.NotFound': { status: 404, message: 'The HaVip {id} does not exist.' },
  IncorrectHaVipStatus: { status: 400, message: 'The HaVip is {status}; this needs Available or InUse.' },
  IncorrectStatus: { status: 400, message: 'The resource is {status}; this is not possible now.' },
  'QuotaExceeded.HaVip': { status: 400, message: 'The VPC already has its maximum of {max} HaVips.' },
  'CountLimitExceed.HaVipOnInstance': { status: 400, message: 'The instance already has its maximum of {max} HaVips.' },
  'CountLimitExceeded.HaVipOnECSInstance': { status: 400, message: 'The HaVip already has its maximum of {max} instances.' },
  'InvalidParameter.Mismatch': { status: 400, message: '{reason}.' },
  'Forbidden.UnassociateMaster': { status: 400, message: 'The instance holds the HaVip now. Move the address first, or use Force.' },
  ResourceNotAssociated: { status: 400, message: 'The instance {id} is not associated with the HaVip.' },
  'DependencyViolation.HaVipAssociatedWithEIP': { status: 400, message: 'An EIP is bound to the HaVip. Unbind it first.' },
  // Addresses
  'InvalidIPAddress.OutOfRange': { status: 400, message: 'The address {address} is not inside the vSwitch ({cidr}).' },
  'InvalidIPAddress.NotAvailable': { status: 400, message: 'The address {address} is reserved by the system.' },
  'InvalidIPAddress.AlreadyUsed': { status: 400, message: 'The address {address} is in use.' },
  'InvalidIPAddress.Malformed': { status: 400, message: '{address} is not an address.' },
  'InvalidPrivateIp.NotFound': { status: 400, message: 'The vSwitch has no free address.' },
  InvalidPrivateIpAddress: { status: 400, message: 'The address {address} cannot be used in this vSwitch.' },
  'InvalidPrivateIpAddress.Malformed': { status: 400, message: '{address} is not an address.' },
  'InvalidPrivateIpAddress.Duplicated': { status: 400, message: 'The address {address} is in use.' },
  'QuotaExceeded.PrivateIpAddress': { status: 400, message: 'The vSwitch has not enough free addresses.' },
  'InvalidVSwitch.Ipv6NotTurnOn': {
    status: 400,
    message: 'The vSwitch has no IPv6. Turn it on with ModifyVSwitchAttribute and EnableIPv6, for the VPC first.',
  },
  'InvalidOperation.Ipv6CountExceeded': { status: 400, message: 'A network interface has at most {max} IPv6 address.' },
  'InvalidIp.NotAssigned': { status: 400, message: 'The network interface does not have the address {address}.' },
  // Names
  'Abs.Vpc.InvalidName.Malformed': {
    status: 400,
    message: 'The name must have 1 to 128 characters and not begin with http:// or https://.',
  },
  'InvalidName.Malformed': { status: 400, message: 'The name is too long or begins with http:// or https://.' },
  'InvalidDescription.Malformed': {
    status: 400,
    message: 'The description must have 1 to 256 characters and not begin with http:// or https://.',
  },
  'InvalidVpcName.Malformed': { status: 400, message: 'The name must have 1 to 128 characters and not begin with http:// or https://.' },
  'InvalidVpcDiscription.Malformed': {
    status: 400,
    message: 'The description must have 1 to 256 characters and not begin with http:// or https://.',
  },
  'InvalidVSwitchName.Malformed': {
    status: 400,
    message: 'The name must have 1 to 128 characters and not begin with http:// or https://.',
  },
  'InvalidVSwitchDiscription.Malformed': {
    status: 400,
    message: 'The description must have 1 to 256 characters and not begin with http:// or https://.',
  },
  'InvalidInstanceName.Malformed': {
    status: 400,
    message: 'The name must have 2 to 128 characters and not begin with http:// or https://.',
  },
  'InvalidHostName.Malformed': {
    status: 400,
    message: 'The host name must have 2 to 64 letters, digits, dots and hyphens, and not begin or end with one of the last two.',
  },
  'InvalidSecurityGroupName.Malformed': {
    status: 400,
    message: 'The name must have 2 to 128 characters and not begin with http:// or https://.',
  },
  // VPC and vSwitch
  'InvalidVpcId.NotFound': { status: 404, message: 'The VPC {id} does not exist.' },
  IncorrectVpcStatus: { status: 400, message: 'The VPC is {status}; this needs Available.' },
  'QuotaExceeded.Vpc': { status: 400, message: 'The region already has its maximum of {max} VPCs.' },
  'QuotaExceeded.SecondaryCidrBlock': { status: 400, message: 'The VPC already has its maximum of {max} secondary CIDR blocks.' },
  'OperationDenied.DefaultVpcExists': { status: 400, message: 'The region has its default VPC already: {id}.' },
  'InvalidDefaultVpc.NotFound': { status: 404, message: 'The region has no default VPC. Create it with CreateDefaultVpc.' },
  'OperationDenied.DefaultVSwitchExists': { status: 400, message: 'The zone has its default vSwitch already: {id}.' },
  'DependencyViolation.VSwitch': { status: 400, message: 'The VPC still has vSwitches.' },
  'DependencyViolation.Instance': { status: 400, message: 'Instances are still there.' },
  'DependencyViolation.SecurityGroup': { status: 400, message: 'The VPC still has security groups.' },
  'InvalidVSwitchId.NotFound': { status: 404, message: 'The vSwitch {id} does not exist.' },
  'InvalidVSwitch.NotFound': { status: 400, message: 'The vSwitch {id} does not exist.' },
  IncorrectVSwitchStatus: { status: 400, message: 'The vSwitch is {status}; this needs Available.' },
  'InvalidCidrBlock.Overlapped': { status: 400, message: 'The CIDR block {cidr} overlaps {other}.' },
  'QuotaExceeded.VSwitch': { status: 400, message: 'The VPC already has its maximum of {max} vSwitches.' },
  DependencyViolation: { status: 400, message: 'Something still uses this: {what}.' },
  'DependencyViolation.HaVip': { status: 400, message: 'The vSwitch still has a HaVip.' },
  // EIP
  'InvalidAllocationId.NotFound': { status: 404, message: 'The EIP {id} does not exist.' },
  IncorrectEipStatus: { status: 400, message: 'The EIP is {status}; this is not possible now.' },
  'QuotaExceeded.Eip': { status: 400, message: 'The account already has its maximum of {max} EIPs.' },
  ReserveIpFail: { status: 400, message: 'The address cannot be had: {reason}.' },
  'InvalidBandwidth.Malformed': { status: 400, message: 'The bandwidth must be a whole number from 1 to {max} Mbit/s.' },
  'OperationDenied.Ipv6HaVip': {
    status: 400,
    message: 'The HaVip {id} has the IPv6 address {address}. EIPs are IPv4: bind one to a HaVip with an IPv4 address.',
  },
  'InvalidAssociation.Duplicated': { status: 400, message: 'The target already has an EIP.' },
  'InvalidInstanceType.ValueNotSupported': { status: 400, message: 'The instance type {name} is not supported.' },
  InvalidBindingStatus: { status: 400, message: 'The EIP is not bound to {id}.' },
  'InvalidOperation.DeletionProtection': { status: 403, message: 'Deletion protection is on.' },
  // ECS
  'InvalidInstanceId.NotFound': { status: 404, message: 'The instance {id} does not exist.' },
  IncorrectInstanceStatus: { status: 403, message: 'The instance is {status}; this is not possible now.' },
  'IncorrectInstanceStatus.Initializing': { status: 403, message: 'The instance is still being created.' },
  'InvalidImageId.NotFound': { status: 404, message: 'The image {id} does not exist.' },
  'InvalidSecurityGroupId.NotFound': { status: 404, message: 'The security group {id} does not exist.' },
  'OperationDenied.InconsistentNetwork': { status: 403, message: 'The security group and the vSwitch are in different VPCs.' },
  'InvalidUserData.SizeExceeded': { status: 400, message: 'The user data has more than 32 KB.' },
  'InvalidUserData.Base64FormatInvalid': { status: 400, message: 'The user data is not Base64 of a script.' },
  'InvalidSystemDiskSize.ValueNotSupported': { status: 400, message: 'A system disk of {kind} has {min} to {max} GiB.' },
  'InvalidSystemDiskSize.LessThanImageSize': { status: 400, message: 'The image needs a system disk of {size} GiB at least.' },
  'InvalidDiskName.Malformed': { status: 400, message: 'The name must have 2 to 128 characters and not begin with http:// or https://.' },
  'InvalidDiskDescription.Malformed': {
    status: 400,
    message: 'The description must have 2 to 256 characters and not begin with http:// or https://.',
  },
  'InvalidRamRole.NotFound': { status: 404, message: 'The role {name} does not exist: instances have no roles here.' },
  'QuotaExceed.AfterpayInstance': { status: 400, message: 'The account already has its maximum of {max} instances.' },
  'QuotaExceed.SecurityGroup': { status: 403, message: 'The account already has its maximum of {max} security groups.' },
  // Network interfaces
  'InvalidEniId.NotFound': { status: 404, message: 'The network interface {id} does not exist.' },
  'InvalidEcsId.NotFound': { status: 404, message: 'The instance {id} does not exist.' },
  'InvalidOperation.InvalidEniState': { status: 400, message: 'The network interface is {status}; this is not possible now.' },
  'InvalidOperation.InvalidEcsState': { status: 400, message: 'The instance is {status}; this needs Running or Stopped.' },
  'InvalidOperation.InvalidEniType': {
    status: 400,
    message: 'The primary network interface belongs to its instance; only further ones can be changed.',
  },
  'InvalidOperation.VpcMismatch': { status: 400, message: 'The network interface and the instance are in different VPCs.' },
  'InvalidOperation.AvailabilityZoneMismatch': { status: 400, message: 'The network interface is in {zone}, the instance in {other}.' },
  'InvalidOperation.EniCountExceeded': { status: 400, message: 'The instance already has its maximum of {max} network interfaces.' },
  'QuotaExceed.Eni': { status: 403, message: 'The account already has its maximum of {max} network interfaces.' },
  'InvalidEniName.Malformed': {
    status: 400,
    message: 'The name must have 2 to 128 characters and not begin with http:// or https://.',
  },
  // Cloud Assistant
  'InvalidInstance.NotFound': { status: 404, message: 'The instance {id} does not exist.' },
  'InvalidInstance.NotMatch': { status: 403, message: 'The instance {id} is not running, or cannot run this type of command.' },
  'InvalidCmdType.NotFound': { status: 403, message: 'The command type {name} is not supported.' },
  'InvalidCmdId.NotFound': { status: 404, message: 'The command {id} does not exist.' },
  'InstanceIds.ExceedLimit': { status: 403, message: 'A command runs on at most 100 instances at once.' },
  'CmdContent.ExceedLimit': { status: 403, message: 'The command has more than 24 KB, or is not Base64 as its encoding says.' },
  'Username.ExceedLimit': { status: 403, message: 'The user name has more than 255 characters.' },
  'Parameter.NotMatched': { status: 403, message: 'The command needs a parameter that was not given: {name}.' },
  'Parameter.Disabled': { status: 404, message: 'The command does not take parameters.' },
  'InvalidRepeatMode.NotSupport': { status: 400, message: 'The repeat mode {name} is not supported.' },
  // High availability
  'OperationDenied.PlaneMaster': { status: 409, message: 'The data plane belongs to {master} now; say that in MasterId to adopt it.' },
  'InvalidTestId.NotFound': { status: 404, message: 'The test {id} does not exist.' },
  'InvalidClusterId.NotFound': { status: 404, message: 'The high-availability set-up {id} does not exist.' },
  'OperationConflict.HaVipTest': { status: 409, message: 'A test of this HaVip is under way: {id}.' },
  IncorrectClusterStatus: { status: 400, message: 'The set-up is {status}; this is not possible now.' },
  IncorrectHaVipOwner: { status: 400, message: '{reason}.' },
  // Quota Center
  'InvalidQuotaActionCode.NotFound': { status: 404, message: 'The quota {name} does not exist.' },
  'QuotaApplication.NotFound': { status: 404, message: 'The application {id} does not exist.' },
  'QuotaApplication.Decided': { status: 400, message: 'The application was decided before.' },
  // Users, keys, policies
  InvalidCredentials: { status: 401, message: 'The user name or the password is not right.' },
  InvalidSigninLink: { status: 401, message: 'The link was used before, or has expired.' },
  TotpRequired: { status: 401, message: 'A code of the second factor is needed.' },
  'SecondFactor.WrongCode': { status: 400, message: 'The code is not right, or was used before.' },
  'SecondFactor.Exists': { status: 409, message: 'There is a second factor already; remove it first.' },
  'SecondFactor.NotBegun': { status: 409, message: 'There is no second factor that waits to be confirmed.' },
  'InvalidParameter.OldPassword': { status: 400, message: 'The old password is not right.' },
  'InvalidParameter.PolicyDocument': { status: 400, message: 'The policy is not understood: {reason}.' },
  'EntityNotExist.User': { status: 404, message: 'The user {name} does not exist.' },
  'EntityNotExist.User.AccessKey': { status: 404, message: 'The access key {id} does not exist.' },
  'EntityNotExist.Role': { status: 404, message: 'The role {name} does not exist.' },
  'EntityNotExist.Policy': { status: 404, message: 'The policy {name} does not exist.' },
  'EntityNotExist.Webhook': { status: 404, message: 'The webhook {id} does not exist.' },
  'EntityAlreadyExists.User': { status: 409, message: 'The user {name} exists already.' },
  'EntityAlreadyExists.Policy': { status: 409, message: 'The policy {name} exists already.' },
  'LimitExceeded.User': { status: 409, message: 'There are {max} users already, the most there may be.' },
  'LimitExceeded.User.AccessKey': { status: 409, message: 'The user has {max} access keys already, the most there may be.' },
  'LimitExceeded.User.Policy': { status: 409, message: 'The user has {max} policies already, the most there may be.' },
  'LimitExceeded.Policy': { status: 409, message: 'There are {max} policies already, the most there may be.' },
  'LimitExceeded.Webhook': { status: 409, message: 'There are {max} webhooks already, the most there may be.' },
  'DeleteConflict.Policy.User': { status: 409, message: 'The policy is attached to {count} users; detach it first.' },
  'OperationDenied.LastAdministrator': { status: 409, message: 'Nobody would be left who may administer.' },
  'OperationDenied.OtherUser': { status: 403, message: 'Only an administrator may do this for another user.' },
  'OperationDenied.Temporary': { status: 403, message: 'A temporary credential may not do this.' },
} as const satisfies Record<string, Entry>

export type FaultCode = keyof typeof faultTable

/** Fills the sentence of the table with facts; a fact that is not given shows as a question mark. */
export function apiFault(code: FaultCode, facts: Readonly<Record<string, string | number>> = {}, status?: number): ApiFault {
  const entry: Entry = faultTable[code]
  const message = entry.message.replace(/\{(\w+)\}/g, (_, name: string) => String(facts[name] ?? '?'))
  return { code, status: status ?? entry.status, message }
}
