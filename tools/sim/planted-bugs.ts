// Bugs that somebody could make, each as a change of one place in the sources: what the checkers of random worlds and the
// exhaustive check must find. A change that no longer fits its file is an error, so that the list stays true.

export type PlantedBug = {
  readonly name: string
  /** From the root of the project. */
  readonly file: string
  /** Stands there exactly once. */
  readonly search: string
  readonly replacement: string
}

const vrrp = (file: string, name: string, search: string, replacement: string): PlantedBug => ({
  name,
  file: `packages/vrrp/src/${file}.ts`,
  search,
  replacement,
})
const runtime = (file: string, name: string, search: string, replacement: string): PlantedBug => ({
  name,
  file: `packages/vrrp-runtime/src/${file}.ts`,
  search,
  replacement,
})

export const plantedBugs: readonly PlantedBug[] = [
  // --- time
  vrrp('timers', 'skew off by one priority', '(256 - own) * (config', '(255 - own) * (config'),
  vrrp('timers', 'skew grows with the priority', '((256 - own) * (config', '(own * (config'),
  vrrp('timers', 'version 2 skew scaled with the interval', 'config.version === 2 ? 1000 : masterInterval', 'masterInterval'),
  vrrp('timers', 'version 3 skew not scaled', 'config.version === 2 ? 1000 : masterInterval', '1000'),
  vrrp(
    'timers',
    'one advert too few',
    'config.downTimerAdverts * masterInterval + takeoverSlack',
    '(config.downTimerAdverts - 1) * masterInterval + takeoverSlack',
  ),
  vrrp(
    'timers',
    'one advert too many',
    'config.downTimerAdverts * masterInterval + takeoverSlack',
    '(config.downTimerAdverts + 1) * masterInterval + takeoverSlack',
  ),
  vrrp(
    'timers',
    'no skew at all',
    'config.downTimerAdverts * masterInterval + takeoverSlack(config, own, masterInterval, race)',
    'config.downTimerAdverts * masterInterval',
  ),
  vrrp(
    'step-backup',
    'an advert does not reset the timer',
    'masterDownAt: later(heard.at, masterDownInterval',
    'masterDownAt: state.master ? state.masterDownAt : later(heard.at, masterDownInterval',
  ),
  vrrp(
    'step-backup',
    "the master's interval is not learned",
    'config.version === 3 ? toMilliseconds(event.advert.interval) : config.interval\n  const before',
    'config.interval\n  const before',
  ),
  vrrp(
    'transition',
    'interval not learned when yielding',
    'ownPriority(known), interval, raceOver(config, heard))),\n    masterInterval: interval',
    'ownPriority(known), config.interval, raceOver(config, heard))),\n    masterInterval: config.interval',
  ),
  vrrp(
    'step-master',
    'the rhythm drifts: next advert counted twice',
    'advertiseAt: nextIn(state.advertiseAt, config.interval, now)',
    'advertiseAt: nextIn(later(state.advertiseAt, config.interval), config.interval, now)',
  ),
  vrrp(
    'step-master',
    'a foreign packet moves the advert timer',
    'state: { ...state, [slot]: now,',
    'state: { ...state, [slot]: now, advertiseAt: later(now, config.interval),',
  ),
  vrrp(
    'step',
    'a changed priority leaves the waiting timer',
    "changed.kind === 'backup' && state.kind === 'backup' ? moveTimer(config, config, state, changed) : changed",
    'changed',
  ),
  // --- elections
  vrrp('step-master', 'tie: the lower address wins', 'return order > 0 ? yieldBetter', 'return order < 0 ? yieldBetter'),
  vrrp(
    'step-master',
    'tie: nobody yields',
    'return order > 0 ? yieldBetter(config, state, event, heard) : answerLower',
    'return answerLower',
  ),
  vrrp(
    'step-master',
    'tie: both yield',
    'return order > 0 ? yieldBetter(config, state, event, heard) : answerLower(config, state, heard, now)',
    'return yieldBetter(config, state, event, heard)',
  ),
  vrrp(
    'step-master',
    'a master never yields',
    'if (heard.priority > own) return yieldBetter',
    'if (heard.priority > 255) return yieldBetter',
  ),
  vrrp(
    'step-master',
    'a master yields to a lower one',
    'if (heard.priority < own) return answerLower(config, state, heard, now)',
    'if (heard.priority < own) return yieldBetter(config, state, event, heard)',
  ),
  vrrp(
    'step-master',
    'no answer to a lower master',
    "const isSilent = said.kind === 'lower-priority-while-master' && config.lowerPriorityNoAdvert",
    'const isSilent = true',
  ),
  vrrp(
    'step-master',
    'no announcement over a lower master',
    'actions: [...advert, ...announce, remark(said)]',
    'actions: [...advert, remark(said)]',
  ),
  vrrp(
    'step-backup',
    'priority 0 ignored',
    'if (heard.priority === 0) return hearResignation(config, state, heard, now)',
    'if (heard.priority === 0) return stay(state)',
  ),
  vrrp('step-backup', 'a goodbye taken for an advert', 'if (heard.priority === 0) return hearResignation(config, state, heard, now)\n', ''),
  vrrp(
    'step-backup',
    'a goodbye makes everybody claim at once',
    'if (heard.source === solePeer(config)) {',
    'if (heard.source !== undefined) {',
  ),
  vrrp(
    'step-backup',
    'after a goodbye a whole interval is waited',
    'const skewEnd = later(now, skewTime(config, ownPriority(state.known), state.masterInterval))',
    "const skewEnd = later(now, masterDownInterval(config, ownPriority(state.known), state.masterInterval, 'raced'))",
  ),
  vrrp('step-backup', 'nopreempt ignored', 'if (!isLower || !config.preempt || known', 'if (!isLower || known'),
  vrrp('step-backup', 'preemption never happens', 'if (!isLower || !config.preempt || known', 'if (config.version > 0 || known'),
  vrrp('step-backup', 'preempt_delay ignored', 'if (config.preemptDelay > 0) {', 'if (config.preemptDelay > 1e9) {'),
  vrrp('step-backup', 'preempt_delay never ends', 'if (now < preemptAfter) {', 'if (preemptAfter > 0) {'),
  vrrp(
    'step-backup',
    'preempt_delay starts anew with each advert',
    'const preemptAfter = state.preemptAfter ?? later(now, config.preemptDelay)',
    'const preemptAfter = later(now, config.preemptDelay)',
  ),
  vrrp(
    'transition',
    'an owner waits like anybody',
    'if (config.priority === ownerPriority && config.wantsMaster && state',
    'if (config.priority > ownerPriority && config.wantsMaster && state',
  ),
  // --- actions
  vrrp('transition', 'no advert on becoming master', "      { kind: 'send-advert', priority: ownPriority(known) },\n", ''),
  vrrp('transition', 'no announcement on becoming master', "      { kind: 'announce', rounds: repeat },\n", ''),
  vrrp(
    'transition',
    'the second burst is forgotten',
    'announceAgainAt: delay > 0 ? later(now, delay) : undefined,\n    refreshAt',
    'announceAgainAt: undefined,\n    refreshAt',
  ),
  vrrp(
    'transition',
    'the refresh of announcements is forgotten',
    'refreshAt: refresh > 0 ? later(now, milliseconds(delay + refresh)) : undefined,',
    'refreshAt: undefined,',
  ),
  vrrp(
    'transition',
    'addresses stay after yielding',
    "actions: [...withdraw, transition(state, 'backup', reason)] }\n}\n\n/** An address",
    "actions: [transition(state, 'backup', reason)] }\n}\n\n/** An address",
  ),
  vrrp(
    'transition',
    'addresses stay in FAULT',
    "state.kind === 'master' ? [...withdraw, resignation] : []",
    "state.kind === 'master' ? [resignation] : []",
  ),
  vrrp(
    'transition',
    'addresses stay after a stop',
    "[{ kind: 'cancel-announcements' }] : [...withdraw, resignation]",
    "[{ kind: 'cancel-announcements' }] : [resignation]",
  ),
  vrrp(
    'transition',
    'no goodbye at a stop',
    "[{ kind: 'cancel-announcements' }] : [...withdraw, resignation]",
    "[{ kind: 'cancel-announcements' }] : withdraw",
  ),
  vrrp(
    'transition',
    'no goodbye in FAULT',
    "state.kind === 'master' ? [...withdraw, resignation] : []",
    "state.kind === 'master' ? withdraw : []",
  ),
  vrrp(
    'transition',
    'the goodbye before the addresses are gone',
    ": [...withdraw, resignation]\n  return { state: { kind: 'stopped'",
    ": [resignation, ...withdraw]\n  return { state: { kind: 'stopped'",
  ),
  vrrp(
    'transition',
    'announcements go on after the addresses are gone',
    "[{ kind: 'cancel-announcements' }, { kind: 'remove-addresses' }]",
    "[{ kind: 'remove-addresses' }]",
  ),
  vrrp('transition', 'addresses are not added', "      { kind: 'add-addresses' },\n", ''),
  vrrp(
    'transition',
    'FAULT is told to nobody',
    "actions: [...goodbye, transition(state, 'fault', { kind: 'fault', causes })]",
    "actions: [...goodbye, { ...transition(state, 'fault', { kind: 'fault', causes }), notify: false } as Action]",
  ),
  // --- health
  vrrp(
    'step',
    'FAULT is not left',
    'return causes.length > 0 ? stay({ ...state, causes }) : recover(config, state, now)',
    'return stay({ ...state, causes })',
  ),
  vrrp(
    'step',
    'a master with a fault goes on',
    'return causes.length > 0 ? enterFault(state, causes) : stay(state)\n  }',
    "return causes.length > 0 && state.kind === 'backup' ? enterFault(state, causes) : stay(state)\n  }",
  ),
  vrrp('step', 'takes part before its checks have answered', 'if (state.known.waitingFor.length > 0) return stay(state)', ''),
  vrrp('step', 'a lost address is not noticed', ': reassert(config, state, event, now)', ': stay(state)'),
  vrrp(
    'step',
    'an address put back is not announced',
    "      { kind: 'announce', rounds: config.announcing.repeat },\n      { kind: 'remark'",
    "      { kind: 'remark'",
  ),
  vrrp(
    'step',
    'freezes are not noticed by a backup',
    "if (state.kind === 'backup') return backupStalled(config, state, event.frozenFor, now)\n",
    '',
  ),
  vrrp('step', 'freezes are not noticed by a master', ': masterStalled(config, state, event.frozenFor, now)', ': stay(state)'),
  vrrp(
    'step',
    'a startup delay is ignored',
    'known: passiveUntil === undefined ? state.known : { ...state.known, passiveUntil }',
    'known: state.known',
  ),
  vrrp('step', 'a reload makes a new priority wait for ever', 'const priority = rebase(before, after, from)', 'const priority = from'),
  // --- sync groups
  vrrp(
    'group',
    'sync group: others do not become master',
    "if (own.state.kind === 'master' && was !== 'master') {",
    "if (own.state.kind === 'master' && was === 'master') {",
  ),
  vrrp(
    'group',
    'sync group: others stay master when one yields',
    "if (was === 'master' && is === 'backup') {",
    "if (was === 'master' && is === 'init') {",
  ),
  vrrp(
    'group',
    'sync group: others do not follow into FAULT',
    "if (is === 'fault' && was !== 'fault') {",
    "if (is === 'fault' && was === 'init') {",
  ),
  vrrp(
    'group',
    'sync group: others do not leave FAULT',
    "if (was === 'fault' && is === 'backup') {",
    "if (was === 'fault' && is === 'init') {",
  ),
  vrrp(
    'group',
    'sync group: one claims without the others',
    'if (entersMaster && !allReady) return settle(group, member, holdBack(member, own.state, now), true)\n',
    '',
  ),
  vrrp(
    'group',
    'sync group: the group is never told',
    "from === to ? [] : [{ kind: 'group-transition', from, to, because: name }]\n  return { group: followed.group",
    '[]\n  return { group: followed.group',
  ),
  // --- packets
  vrrp('judge', 'TTL not checked', "config.transport.kind === 'multicast' && packet.ttl !== 255 ?", 'packet.ttl > 255 ?'),
  vrrp('judge', 'password not checked', "return { kind: 'wrong-password' }\n  }", '}'),
  vrrp('judge', 'authentication type not checked', 'if (parts.authenticationType !== ours) return', 'if (ours > 250) return'),
  vrrp(
    'judge',
    'version 2 interval not checked',
    "return theirs === config.interval ? undefined : { kind: 'interval-differs', theirs, ours: config.interval }",
    "return theirs > 0 ? undefined : { kind: 'interval-differs', theirs, ours: config.interval }",
  ),
  vrrp('judge', 'checksum not checked', 'if (holds(memory.checksum)) return', 'if (memory) return'),
  vrrp('judge', 'version not checked', 'if (parts.version !== config.version) return', 'if (parts.version > 9) return'),
  vrrp(
    'judge',
    'unicast peers not checked',
    "return transport.checksSource ? { kind: 'unknown-peer', source: packet.source } : undefined",
    'return undefined',
  ),
  vrrp(
    'judge',
    'a different address list makes an advert invalid',
    'const late = transportFault(config, packet)',
    "const late = transportFault(config, packet) ?? (config.addresses.length > 1 ? { kind: 'bad-ttl', ttl: 1, min: 2, max: 2 } as const : undefined)",
  ),
  // --- trackers
  runtime(
    'tracking',
    'a negative weight counts while the script succeeds',
    'return contributes(weight > 0 ? (reverse ? -weight : weight) : 0)\n    case',
    'return contributes(weight < 0 ? weight : 0)\n    case',
  ),
  runtime(
    'tracking',
    'a failed check of weight 0 is no fault',
    "if (weight === 0) return reverse ? contributes(0) : { kind: 'fault' }",
    'if (weight === 0) return contributes(0)',
  ),
  runtime('tracking', 'a weight counts twice', 'Math.min(254, base + contributions)', 'Math.min(254, base + 2 * contributions)'),
  runtime('tracking', 'weights move an owner', 'if (base === 255) return base', 'if (base > 255) return base'),
  runtime(
    'tracking',
    'priority is not kept within 254',
    'Math.max(1, Math.min(254, base + contributions))',
    'Math.max(1, Math.min(255, base + contributions))',
  ),
  runtime(
    'script-tracker',
    'one failure is enough',
    'return streak >= (succeeded ? rise : fall)',
    'return streak >= (succeeded ? rise : 1)',
  ),
  runtime('script-tracker', 'rise is ignored', 'return streak >= (succeeded ? rise : fall)', 'return streak >= (succeeded ? 1 : fall)'),
  runtime(
    'script-tracker',
    'a script that hangs counts as good',
    "const succeeded = end.kind === 'exited' && end.status === 0",
    "const succeeded = end.kind !== 'exited' || end.status === 0",
  ),
  runtime(
    'script-tracker',
    'a recovery is not told',
    'this.#events.changed(this)\n  }\n\n  /** keepalived says',
    'if (!succeeded) this.#events.changed(this)\n  }\n\n  /** keepalived says',
  ),
  runtime('file-tracker', 'a tracked file is read once only', 'tracker.condition = now\n    this.#changed(name)', ''),
  runtime(
    'file-tracker',
    'a negative number in a file is read as positive',
    "return sign === '-' ? 0 - value : value",
    "return sign === '?' ? 0 - value : value",
  ),
  runtime('process-tracker', 'a process that ends is not noticed', 'running.tracker.condition = now\n', ''),
  runtime('process-tracker', 'quorum off by one', 'count < quorum)', 'count < quorum - 1)'),
  // --- the machine
  runtime('router', 'become_master is not counted', "if (transition.to === 'master') this.#counters.become_master++", ''),
  runtime('router', 'a goodbye is not counted', 'this.#counters.advert_sent++', 'if (value > 0) this.#counters.advert_sent++'),
  runtime('packet-intake', 'adverts received are counted twice', 'counters.advert_rcvd++', 'counters.advert_rcvd += 2'),
  runtime('packet-intake', 'priority 0 is not counted', 'if (advert.priority === 0) counters.pri_zero_rcvd++', ''),
  runtime('packet-judge', 'a bad TTL is counted as a bad checksum', "return 'ip_ttl_err'", "return 'checksum_err'"),
  runtime(
    'router-voice',
    'notify told twice',
    'if (transition.notify && told) this.#world',
    "if (told === 'BACKUP') this.#world.notifier.tell(conf, told, effective, recorder, this.#mailed)\n    if (transition.notify && told) this.#world",
  ),
  runtime(
    'router-voice',
    'scripts hear nothing of FAULT',
    'if (transition.notify && told)',
    "if (transition.notify && told && told !== 'FAULT')",
  ),
  runtime(
    'router-voice',
    'scripts hear nothing of STOP',
    'if (transition.notify && told)',
    "if (transition.notify && told && told !== 'STOP')",
  ),
  runtime(
    'notify',
    'the general script comes first',
    'if (own) commands.push(own)\n',
    'if (own) commands.unshift(own)\n    if (own) commands.reverse()\n',
  ),
  runtime(
    'notify',
    'no mail of a change',
    'if (instance.smtpAlert && mailed.last !== state) {',
    'if (instance.smtpAlert && mailed.last === undefined) {',
  ),
  runtime('notify', 'FIFOs hear nothing of instances', 'this.fifos.write(subject, wordOf(state))\n    if (instance', 'if (instance'),
  runtime(
    'address-set',
    'only the first address is removed',
    'return this.specs.flatMap((spec) => this.#remove(spec))',
    'return this.specs.slice(0, 1).flatMap((spec) => this.#remove(spec))',
  ),
  runtime(
    'address-set',
    'only the first address is added',
    'this.#world.batch.addAddresses(this.specs, done)',
    'this.#world.batch.addAddresses(this.specs.slice(0, 1), done)',
  ),
  runtime('address-set', 'a reload leaves old addresses', 'for (const spec of before) if (!isIn(after, spec)) this.#remove(spec)\n', ''),
  runtime(
    'address-set',
    'a reload does not add new addresses',
    'const added = this.#areHeld ? after',
    'const added = !this.#areHeld ? after',
  ),
  runtime(
    'router',
    'adverts with a stale source address',
    'if (seen.source !== this.#source) {',
    'if (seen.source !== this.#source && this.#source === undefined) {',
  ),
  runtime(
    'translate',
    'a link that is down is no fault',
    'else if (!link.isUp && !conf.dontTrackPrimary)',
    'else if (!link.isUp && conf.dontTrackPrimary)',
  ),
  runtime('announcer', 'one announcement too few', 'round < rounds; round++', 'round < rounds - 1; round++'),
  runtime(
    'announcer',
    'IPv6 addresses are not announced',
    'const family = familyOf(place.address)\n',
    "const family = familyOf(place.address)\n    if (family === 'ipv6') return\n",
  ),
  runtime(
    'sync-group',
    'readiness is forgotten',
    'if (next.isReady) this.#ready.add(member)\n      else this.#ready.delete(member)',
    'this.#ready.delete(member)',
  ),
  runtime(
    'virtual-macs',
    'the virtual MAC stays up at a backup',
    'this.#areUp = isUp\n    for',
    'if (!isUp) return\n    this.#areUp = isUp\n    for',
  ),
]
