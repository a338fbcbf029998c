// Sentences of the daemons in Chinese. They arrive as English text, from nodes of any version: what no rule here knows stays as it is.
// The test takes each sentence that the engine can make, so that none is forgotten.
import type { Speak } from './text.tsx'

type Rule = readonly [english: RegExp, chinese: string]

/** Of a transition, whole. */
const reasons: readonly Rule[] = [
  [/^start$/, '启动'],
  [/^stop$/, '停止'],
  [/^no advertisement heard while listening; (.+)$/, '监听期间未收到任何通告；$1'],
  [/^no advertisement from (\S+) for (\S+ m?s); (.+)$/, '已有 $2 未收到 $1 的通告；$3'],
  [/^master (\S+) resigned with priority 0; waited (\S+ m?s)$/, '主节点 $1 以优先级 0 主动让出；等待了 $2'],
  [
    /^master (\S+) has priority (\d+), lower than our (\d+), after a preempt delay of (\S+ m?s)$/,
    '主节点 $1 的优先级 $2 低于本机的 $3，已过抢占延迟 $4',
  ],
  [/^master (\S+) has priority (\d+), lower than our (\d+)$/, '主节点 $1 的优先级 $2 低于本机的 $3'],
  [/^owner of the addresses, priority 255$/, '地址所有者，优先级 255'],
  [/^(\S+) has priority (\d+), higher than our (\d+)$/, '$1 的优先级 $2 高于本机的 $3'],
  [/^(\S+) has our priority (\d+) and the higher address$/, '$1 与本机优先级相同（$2），且地址更大'],
  [/^no fault any more$/, '故障已全部消除'],
  [/^(?:address )?(.+) was removed by something else$/, '$1 被其他程序删除'],
  [/^this process did not run for (\S+ m?s); others may have taken over meanwhile$/, '本进程曾停顿 $1；其间其他节点可能已接管'],
  [/^(\S+) of the same sync group moved$/, '同一同步组的 $1 已切换'],
  [
    /^switched over to (\S+), priority (\d+); it took over after (\S+ m?s), and for (\S+ m?s) both had the addresses$/,
    '计划内切换到 $1（优先级 $2）；其在 $3 后接管，双方同时持有地址 $4',
  ],
  [/^taken back from (\S+), priority (\d+), ours (\d+), as the operator wished$/, '应操作员要求从 $1（优先级 $2）收回，本机优先级 $3'],
  [/^The address did not move\.$/, '地址未发生切换。'],
]

/** Of a fault; several stand beside each other. */
const causes: readonly Rule[] = [
  [/^interface (\S+) is down$/, '接口 $1 已断开'],
  [/^interface (\S+) does not exist$/, '接口 $1 不存在'],
  [/^no address to send from on (\S+)$/, '接口 $1 上没有可用的源地址'],
  [/^no address to send from$/, '没有可用的源地址'],
  [/^tracked interface (\S+) is down$/, '被跟踪的接口 $1 已断开'],
  [/^script (\S+) failed \((.+)\)$/, '脚本 $1 失败（$2）'],
  [/^file (\S+) says (\S+)$/, '文件 $1 的值为 $2'],
  [/^process (\S+) is missing$/, '进程 $1 未运行'],
  [/^BFD session (\S+) is down \((.+)\)$/, 'BFD 会话 $1 已断开（$2）'],
  [/^(\S+) of the same sync group is in fault$/, '同一同步组的 $1 处于故障状态'],
  [/^configuration: (.+)$/, '配置：$1'],
  [/^(.+) is missing$/, '$1 缺失'],
]

/** Inside of others. */
const parts: readonly Rule[] = [
  [/master-down interval (\S+ m?s)/, '主节点失效间隔 $1'],
  [/, own timer (\S+ m?s) late/, '，本机定时器晚了 $1'],
  [/(\d) ms\b/g, '$1 毫秒'],
  [/(\d) s\b/g, '$1 秒'],
]

/** What else the story of several nodes tells. */
const lines: readonly Rule[] = [
  [/^said goodbye \(priority 0\)$/, '主动让出（优先级 0）'],
  [/^heard the goodbye of (\S+)$/, '收到 $1 的让出通告'],
  [/^did not believe (\S+): (.+)$/, '未采信 $1：$2'],
  [/^did not run for (\d+ ms), so listened first$/, '曾停顿 $1，因此先监听'],
  [/^did not run for (\d+ ms)$/, '曾停顿 $1'],
  [/^priority (\d+) → (\d+): (.+)$/, '优先级 $1 → $2：$3'],
  [/^sync group (\S+) (\S+) → (\S+), begun by (.+)$/, '同步组 $1 $2 → $3，由 $4 引起'],
  [
    /^(\S+) claims to be master with (\d+), we have (\d+): announced our addresses again$/,
    '$1 以优先级 $2 自称主节点，本机为 $3：已重新宣告地址',
  ],
  [/^(\S+) was removed by something else and put back$/, '$1 被其他程序删除，已恢复'],
  [/^announced our addresses again after (\d+ ms) without an advert of ours$/, '本机 $1 未发送通告，已重新宣告地址'],
  [/^(\S+) is configured as owner, too$/, '$1 也被配置为地址所有者'],
  [/^switchover: said goodbye and kept the addresses$/, '计划内切换：已让出并保留地址'],
  [/^switchover: (\S+) with priority (\d+) took over after (\d+ ms)$/, '计划内切换：$1（优先级 $2）在 $3 后接管'],
  [
    /^switchover given up after (\d+ ms), stayed master: no other router took over$/,
    '计划内切换在 $1 后放弃，本机仍为主节点：没有其他节点接管',
  ],
  [
    /^switchover given up after (\d+ ms), stayed master: the router that took over resigned at once$/,
    '计划内切换在 $1 后放弃，本机仍为主节点：接管的节点随即让出',
  ],
  [
    /^switchover given up after (\d+ ms), stayed master: the router that took over fell silent at once$/,
    '计划内切换在 $1 后放弃，本机仍为主节点：接管的节点随即静默',
  ],
  [
    /^switchover given up after (\d+ ms), stayed master: another member of the sync group could not move$/,
    '计划内切换在 $1 后放弃，本机仍为主节点：同步组的其他成员无法切换',
  ],
  [/^(\S+) had removed its addresses: announced ours again$/, '$1 已移除其地址：本机已重新宣告'],
  [/^the clock of (\S+) is (\S+ s) away$/, '$1 的时钟相差 $2'],
  [/^the check script (\S+) was made to fail$/, '检查脚本 $1 被设为失败'],
]

const apply = (rules: readonly Rule[], text: string): string | undefined => {
  const rule = rules.find(([english]) => english.test(text))
  return rule && text.replace(rule[0], rule[1])
}
const withParts = (text: string): string => parts.reduce((result, [english, chinese]) => result.replace(english, chinese), text)

/** @returns the sentence in Chinese; the sentence itself where it is none of ours */
export function inChinese(sentence: string): string {
  const whole = apply(reasons, sentence) ?? apply(lines, sentence)
  if (whole !== undefined) return withParts(whole)
  const transition = /^(\S+ → [A-Z]+): (.+)$/.exec(sentence)
  if (transition) return `${transition[1]}：${inChinese(transition[2] as string)}`
  const over = /^over: (.+)$/.exec(sentence)
  if (over) return `已恢复：${inChinese(over[1] as string)}`
  const words = /^(the check script .+? was made to fail): (.+)$/.exec(sentence)
  if (words) return `${inChinese(words[1] as string)}；${inChinese(words[2] as string)}`
  return sentence
    .split('; ')
    .map((cause) => withParts(apply(causes, cause) ?? cause))
    .join('；')
}

/** A daemon's sentence in the reader's language. */
export const spokenReason = (sentence: string, t: Speak): string =>
  t(['{text}', '{chinese}'], { text: sentence, chinese: inChinese(sentence) })
