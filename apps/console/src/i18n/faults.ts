// Refusals of the API in Chinese. The table has every code of the API's own (the type says so), the reasons are those that a person
// can meet by clicking; what is in neither stays as the API says it.
import { type FaultCode, faultTable } from '@havip/vpc'
import type { Speak } from './text.tsx'

const name = '名称须为 2 至 128 个字符，且不能以 http:// 或 https:// 开头。'
const vpcName = '名称须为 1 至 128 个字符，且不能以 http:// 或 https:// 开头。'
const description = '描述须为 1 至 256 个字符，且不能以 http:// 或 https:// 开头。'

export const chineseFaults: Readonly<Record<FaultCode, string>> = {
  MissingParameter: '缺少参数 {name}。',
  InvalidParameter: '参数 {name} 无效：{reason}。',
  'InvalidRegionId.NotFound': '此处不提供地域 {id}。',
  'InvalidZoneId.NotFound': '该地域中没有可用区 {id}。',
  IdempotentParameterMismatch: '该 ClientToken 已用于其他参数的请求。',
  DryRunOperation: '预检通过：由于设置了 DryRun，未做任何更改。',
  'InvalidFilterKey.ValueNotSupported': '不支持过滤条件 {name}。',
  'InvalidTag.Malformed': '标签无效：{reason}。',
  'InvalidTagKey.Malformed': '标签键 {name} 无效。',
  'InvalidTagValue.Malformed': '标签 {name} 的值无效。',
  'QuotaExceeded.TagsPerResource': '每个资源最多 20 个标签。',
  'InvalidResourceType.NotFound': '未知的资源类型 {name}。',
  'InvalidResourceId.NotFound': '资源 {id} 不存在。',
  'MissingParameter.ResourceIds': '须指定 ResourceId.N 或 Tag.N。',
  'OperationDenied.Administrator': '只有操作员可以执行此操作。',
  'Forbidden.HaVip': '该账号尚未开通 HaVip。请在配额中心申请权限 vpc_privilege_allow_buy_havip_instance。',
  'InvalidHaVipId.NotFound': '高可用虚拟IP {id} 不存在。',
  IncorrectHaVipStatus: '高可用虚拟IP的状态为 {status}，须为可用或使用中。',
  IncorrectStatus: '资源状态为 {status}，当前无法执行此操作。',
  'QuotaExceeded.HaVip': '该专有网络的高可用虚拟IP数量已达上限 {max}。',
  'CountLimitExceed.HaVipOnInstance': '该实例绑定的高可用虚拟IP数量已达上限 {max}。',
  'CountLimitExceeded.HaVipOnECSInstance': '该高可用虚拟IP绑定的实例数量已达上限 {max}。',
  'InvalidParameter.Mismatch': '{reason}。',
  'Forbidden.UnassociateMaster': '该实例当前持有此地址。请先切换地址，或选择强制解绑。',
  ResourceNotAssociated: '实例 {id} 未与该高可用虚拟IP绑定。',
  'DependencyViolation.HaVipAssociatedWithEIP': '该高可用虚拟IP绑定了弹性公网IP，请先解绑。',
  'InvalidIPAddress.OutOfRange': '地址 {address} 不在交换机网段（{cidr}）内。',
  'InvalidIPAddress.NotAvailable': '地址 {address} 为系统保留地址。',
  'InvalidIPAddress.AlreadyUsed': '地址 {address} 已被使用。',
  'InvalidIPAddress.Malformed': '{address} 不是有效的地址。',
  'InvalidPrivateIp.NotFound': '交换机中没有空闲地址。',
  InvalidPrivateIpAddress: '地址 {address} 不能在该交换机中使用。',
  'InvalidPrivateIpAddress.Malformed': '{address} 不是有效的地址。',
  'InvalidPrivateIpAddress.Duplicated': '地址 {address} 已被使用。',
  'QuotaExceeded.PrivateIpAddress': '交换机中的空闲地址不足。',
  'InvalidVSwitch.Ipv6NotTurnOn': '该交换机未开启 IPv6。请先为专有网络开启，再用 ModifyVSwitchAttribute 和 EnableIPv6 为交换机开启。',
  'InvalidOperation.Ipv6CountExceeded': '每个网卡最多 {max} 个 IPv6 地址。',
  'InvalidIp.NotAssigned': '该网卡没有地址 {address}。',
  'Abs.Vpc.InvalidName.Malformed': vpcName,
  'InvalidName.Malformed': '名称过长，或以 http:// 或 https:// 开头。',
  'InvalidDescription.Malformed': description,
  'InvalidVpcName.Malformed': vpcName,
  'InvalidVpcDiscription.Malformed': description,
  'InvalidVSwitchName.Malformed': vpcName,
  'InvalidVSwitchDiscription.Malformed': description,
  'InvalidInstanceName.Malformed': name,
  'InvalidHostName.Malformed': '主机名须为 2 至 64 个字母、数字、点和连字符，且不能以点或连字符开头或结尾。',
  'InvalidSecurityGroupName.Malformed': name,
  'InvalidVpcId.NotFound': '专有网络 {id} 不存在。',
  IncorrectVpcStatus: '专有网络的状态为 {status}，须为可用。',
  'QuotaExceeded.Vpc': '该地域的专有网络数量已达上限 {max}。',
  'DependencyViolation.VSwitch': '该专有网络中仍有交换机。',
  'DependencyViolation.Instance': '仍有实例存在。',
  'DependencyViolation.SecurityGroup': '该专有网络中仍有安全组。',
  'InvalidVSwitchId.NotFound': '交换机 {id} 不存在。',
  'InvalidVSwitch.NotFound': '交换机 {id} 不存在。',
  IncorrectVSwitchStatus: '交换机的状态为 {status}，须为可用。',
  'InvalidCidrBlock.Overlapped': '网段 {cidr} 与 {other} 重叠。',
  'QuotaExceeded.VSwitch': '该专有网络的交换机数量已达上限 {max}。',
  DependencyViolation: '仍在被使用：{what}。',
  'DependencyViolation.HaVip': '该交换机中仍有高可用虚拟IP。',
  'InvalidAllocationId.NotFound': '弹性公网IP {id} 不存在。',
  IncorrectEipStatus: '弹性公网IP的状态为 {status}，当前无法执行此操作。',
  'QuotaExceeded.Eip': '该账号的弹性公网IP数量已达上限 {max}。',
  ReserveIpFail: '无法获得该地址：{reason}。',
  'InvalidBandwidth.Malformed': '带宽须为 1 至 {max} Mbit/s 的整数。',
  'QuotaExceeded.SecondaryCidrBlock': '该专有网络的附加网段数量已达上限 {max}。',
  'OperationDenied.DefaultVpcExists': '该地域已有默认专有网络：{id}。',
  'InvalidDefaultVpc.NotFound': '该地域没有默认专有网络，请先创建。',
  'OperationDenied.DefaultVSwitchExists': '该可用区已有默认交换机：{id}。',
  'OperationDenied.Ipv6HaVip': '高可用虚拟IP {id} 的地址为 IPv6：{address}。弹性公网IP为 IPv4，请绑定到使用 IPv4 地址的高可用虚拟IP。',
  'InvalidAssociation.Duplicated': '目标已绑定弹性公网IP。',
  'InvalidInstanceType.ValueNotSupported': '不支持实例类型 {name}。',
  InvalidBindingStatus: '该弹性公网IP未绑定到 {id}。',
  'InvalidOperation.DeletionProtection': '已开启删除保护。',
  'InvalidInstanceId.NotFound': '实例 {id} 不存在。',
  IncorrectInstanceStatus: '实例的状态为 {status}，当前无法执行此操作。',
  'IncorrectInstanceStatus.Initializing': '实例仍在创建中。',
  'InvalidImageId.NotFound': '镜像 {id} 不存在。',
  'InvalidSecurityGroupId.NotFound': '安全组 {id} 不存在。',
  'OperationDenied.InconsistentNetwork': '安全组与交换机不在同一专有网络中。',
  'InvalidUserData.SizeExceeded': '用户数据超过 32 KB。',
  'InvalidUserData.Base64FormatInvalid': '用户数据不是脚本的 Base64 编码。',
  'InvalidParameter.Conflict': '参数 {one} 与 {other} 不能同时指定。',
  'InvalidSystemDiskSize.ValueNotSupported': '{kind} 系统盘的容量须为 {min} 至 {max} GiB。',
  'InvalidSystemDiskSize.LessThanImageSize': '该镜像要求系统盘至少为 {size} GiB。',
  'InvalidDiskName.Malformed': '名称须为 2 至 128 个字符，且不能以 http:// 或 https:// 开头。',
  'InvalidDiskDescription.Malformed': '描述须为 2 至 256 个字符，且不能以 http:// 或 https:// 开头。',
  'InvalidRamRole.NotFound': '角色 {name} 不存在：此处的实例没有角色。',
  'QuotaExceed.AfterpayInstance': '该账号的实例数量已达上限 {max}。',
  'QuotaExceed.SecurityGroup': '该账号的安全组数量已达上限 {max}。',
  'InvalidEniId.NotFound': '弹性网卡 {id} 不存在。',
  'InvalidEcsId.NotFound': '实例 {id} 不存在。',
  'InvalidOperation.InvalidEniState': '弹性网卡的状态为 {status}，当前无法执行此操作。',
  'InvalidOperation.InvalidEcsState': '实例的状态为 {status}，须为运行中或已停止。',
  'InvalidOperation.InvalidEniType': '主网卡属于其实例，只能更改辅助网卡。',
  'InvalidOperation.VpcMismatch': '弹性网卡与实例不在同一专有网络中。',
  'InvalidOperation.AvailabilityZoneMismatch': '弹性网卡在 {zone}，实例在 {other}。',
  'InvalidOperation.EniCountExceeded': '该实例的网卡数量已达上限 {max}。',
  'QuotaExceed.Eni': '该账号的弹性网卡数量已达上限 {max}。',
  'InvalidEniName.Malformed': name,
  'InvalidInstance.NotFound': '实例 {id} 不存在。',
  'InvalidInstance.NotMatch': '实例 {id} 未在运行，或不能执行此类命令。',
  'InvalidCmdType.NotFound': '不支持命令类型 {name}。',
  'InvalidCmdId.NotFound': '命令 {id} 不存在。',
  'InstanceIds.ExceedLimit': '一条命令最多同时在 100 台实例上执行。',
  'CmdContent.ExceedLimit': '命令超过 24 KB，或不是所声明的 Base64 编码。',
  'Username.ExceedLimit': '用户名超过 255 个字符。',
  'Parameter.NotMatched': '命令缺少参数：{name}。',
  'Parameter.Disabled': '该命令不接受参数。',
  'InvalidRepeatMode.NotSupport': '不支持重复模式 {name}。',
  'OperationDenied.PlaneMaster': '数据面当前属于 {master}；如要接管，请在 MasterId 中写明。',
  'InvalidTestId.NotFound': '测试 {id} 不存在。',
  'InvalidClusterId.NotFound': '高可用配置任务 {id} 不存在。',
  'OperationConflict.HaVipTest': '该高可用虚拟IP正在进行测试：{id}。',
  IncorrectClusterStatus: '高可用配置任务的状态为 {status}，当前无法执行此操作。',
  IncorrectHaVipOwner: '{reason}。',
  'InvalidQuotaActionCode.NotFound': '配额 {name} 不存在。',
  'QuotaApplication.NotFound': '申请 {id} 不存在。',
  'QuotaApplication.Decided': '该申请已审批。',
  InvalidCredentials: '用户名或密码不正确。',
  InvalidSigninLink: '该链接已使用过或已过期。',
  TotpRequired: '需要第二因素验证码。',
  'SecondFactor.WrongCode': '验证码不正确，或已使用过。',
  'SecondFactor.Exists': '已启用第二因素，请先移除。',
  'SecondFactor.NotBegun': '没有等待确认的第二因素。',
  'InvalidParameter.OldPassword': '旧密码不正确。',
  'InvalidParameter.PolicyDocument': '无法理解该策略：{reason}。',
  'EntityNotExist.User': '用户 {name} 不存在。',
  'EntityNotExist.User.AccessKey': '访问密钥 {id} 不存在。',
  'EntityNotExist.Role': '角色 {name} 不存在。',
  'EntityNotExist.Policy': '策略 {name} 不存在。',
  'EntityNotExist.Webhook': 'Webhook {id} 不存在。',
  'EntityAlreadyExists.User': '用户 {name} 已存在。',
  'EntityAlreadyExists.Policy': '策略 {name} 已存在。',
  'LimitExceeded.User': '用户数量已达上限 {max}。',
  'LimitExceeded.User.AccessKey': '该用户的访问密钥数量已达上限 {max}。',
  'LimitExceeded.User.Policy': '该用户的策略数量已达上限 {max}。',
  'LimitExceeded.Policy': '策略数量已达上限 {max}。',
  'LimitExceeded.Webhook': 'Webhook 数量已达上限 {max}。',
  'DeleteConflict.Policy.User': '该策略已授予 {count} 个用户，请先解除。',
  'OperationDenied.LastAdministrator': '至少须保留一名管理员。',
  'OperationDenied.OtherUser': '只有管理员可以对其他用户执行此操作。',
  'OperationDenied.Temporary': '临时凭证不能执行此操作。',
}

/** Of the door in front of the actions: its sentences have no facts to be kept. */
const doorFaults: ReadonlyMap<string, string> = new Map([
  ['Throttling.User', '请求过于频繁，已被限流。'],
  ['Throttling', '尝试次数过多，请稍后再试。'],
  ['InvalidSession', '请先登录：会话不存在或已结束。'],
  ['InvalidCsrfToken', '请求与当前会话不符，请刷新页面后重试。'],
  ['ForeignOrigin', '只接受来自本站页面的请求。'],
  ['ServiceUnavailable', '控制器暂时无法处理请求。'],
  ['InternalError', '控制器内部错误，请求未能完成。'],
  ['InvalidAction.NotFound', '控制器不提供此操作。'],
  ['InvalidApi.NotFound', '控制器不提供此接口。'],
  ['Forbidden.RAM', '当前用户没有执行此操作的权限。'],
])

const reasons: readonly (readonly [english: RegExp, chinese: string])[] = [
  [/^it is no IPv4 CIDR block$/, '不是 IPv4 网段'],
  [/^it has bits set outside its mask$/, '主机位不为零'],
  [/^the mask must be (\d+) to (\d+)$/, '掩码须为 $1 至 $2'],
  [/^it must be (\d+) to (\d+)$/, '须为 $1 至 $2'],
  [/^it is (\d+) to (\d+)$/, '须为 $1 至 $2'],
  [/^it is 1 to (\d+) seconds$/, '须为 1 至 $1 秒'],
  [/^it overlaps (\S+), which is reserved$/, '与保留网段 $1 重叠'],
  [/^it does not hold (\S+) \((\S+)\)$/, '未包含 $1（$2）'],
  [/^it is not inside the VPC's (\S+)$/, '不在专有网络的网段 $1 内'],
  [/^the VPC has no free block of this size$/, '专有网络中没有这样大小的空闲网段'],
  [/^it has at most (\d+)( ASCII)? characters$/, '最多 $1 个字符'],
  [/^it is no IPv4 address$/, '不是 IPv4 地址'],
  [/^it is not in the pool (\S+)$/, '不在地址池 $1 中'],
  [/^the pool has none left$/, '地址池已用尽'],
  [/^somebody has it$/, '已被占用'],
  [/^it is a TCP port, or 0$/, '须为 TCP 端口或 0'],
  [/^(?:it is|each is) one of (.+)$/, '须为以下之一：$1'],
  [/^two different instances are needed$/, '需要两台不同的实例'],
  [/^it has 2 to 64 letters, digits and the characters \. @ - _$/, '须为 2 至 64 个字母、数字及字符 . @ - _'],
  [/^The instance (\S+) is in another vSwitch than the HaVip$/, '实例 $1 与高可用虚拟IP不在同一交换机中'],
  [/^The instance (\S+) is part of the set-up (\S+)$/, '实例 $1 已属于高可用配置任务 $2'],
  [/^(\S+) is not in the vSwitch of the HaVip \((\S+)\)$/, '$1 不在高可用虚拟IP的交换机（$2）中'],
  [/^A HaVip is bound to instances or to network interfaces, not both$/, '高可用虚拟IP只能绑定实例或弹性网卡其中一种'],
  [/^The EIP and its target are in different regions$/, '弹性公网IP与目标不在同一地域'],
  [/^The vSwitch is in (\S+), not in (\S+)$/, '交换机位于 $1，而不是 $2'],
  [/^Nobody announces the address now: name the instance$/, '当前没有实例宣告该地址，请指定实例'],
]

const escaped = (text: string): string => text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')

/** What the API put into its sentence; undefined: the sentence is not the table's. */
function factsOf(template: string, message: string): ReadonlyMap<string, string> | undefined {
  const names = [...template.matchAll(/\{(\w+)\}/g)].map(([, one]) => one as string)
  const pattern = template
    .split(/\{\w+\}/)
    .map(escaped)
    .join('(.*?)')
  const found = new RegExp(`^${pattern}$`, 's').exec(message)
  return found ? new Map(names.map((one, i) => [one, found[i + 1] ?? ''])) : undefined
}

const reasonInChinese = (text: string): string => {
  const rule = reasons.find(([english]) => english.test(text))
  return rule ? text.replace(rule[0], rule[1]) : text
}

/** @returns the refusal in Chinese; the API's own sentence where it is none that is known here */
export function faultInChinese(code: string, message: string): string {
  const door = doorFaults.get(code)
  if (door !== undefined) return door
  if (!Object.hasOwn(faultTable, code)) return message
  const facts = factsOf(faultTable[code as FaultCode].message, message)
  if (!facts) return message
  return chineseFaults[code as FaultCode].replace(/\{(\w+)\}/g, (_, one: string) => {
    const fact = facts.get(one) ?? ''
    return one === 'reason' ? reasonInChinese(fact) : fact
  })
}

/** A refusal in the reader's language. */
export const spokenFault = (code: string, message: string, t: Speak): string =>
  t(['{text}', '{chinese}'], { text: message, chinese: faultInChinese(code, message) })
