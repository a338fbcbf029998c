// What a high-availability set-up puts into its two instances: keepalived.conf for each, generated and checked as a pair, what
// starts the daemon, now and at boot; and how all of it goes away again.
import { fail, type IpAddress, type Ipv4, isIpv6, ok } from '@havip/base'
import { checkSet, parseConfiguration, type SourceReader } from '@havip/conf'
import type { HavipCluster } from '@havip/vpc'
import { encodeBase64 } from '../use-cases/base64.ts'
import { shellQuoted } from './instance-scripts.ts'

export type ClusterPlan = {
  readonly cluster: Pick<HavipCluster, 'id' | 'vrid' | 'password' | 'preempt' | 'checkPort'>
  readonly havip: IpAddress
  /** Of the instances, the preferred owner first. */
  readonly addresses: readonly [Ipv4, Ipv4]
}

const file = '/etc/keepalived/keepalived.conf'
const starter = '/etc/havip/start-daemon'
const checker = '/etc/havip/check-service'
const pidFile = '/run/keepalived.pid'
const markOf = (id: string): string => `havip set-up ${id}`

/** The file of one node. Neither begins as master: the higher priority decides, and with `nopreempt` a return changes nothing. */
export function configurationOf({ cluster, havip, addresses }: ClusterPlan, node: 0 | 1): string {
  const isChecked = cluster.checkPort > 0
  return `! Written by ${markOf(cluster.id)}. Deleting the set-up brings back what was here before.
global_defs {
    router_id havip_${node + 1}
${isChecked ? '    script_user root\n    enable_script_security\n' : ''}}
${isChecked ? checkBlock : ''}vrrp_instance HAVIP {
    state BACKUP
    interface eth0
    virtual_router_id ${cluster.vrid}
    priority ${node === 0 ? 100 : 90}
    advert_int 1
${cluster.preempt ? '' : '    nopreempt\n'}${isIpv6(havip) ? '    version 3\n' : pairBlock(cluster.password, addresses, node)}    virtual_ipaddress {
        ${havip}
    }
${isChecked ? '    track_script {\n        check_service\n    }\n' : ''}}
`
}

/** Version 3, which IPv6 needs, has no password, and speaks from link-local addresses: whoever is bound may, and nobody else. */
const pairBlock = (password: string, addresses: readonly [Ipv4, Ipv4], node: 0 | 1): string => `    authentication {
        auth_type PASS
        auth_pass ${password}
    }
    unicast_src_ip ${addresses[node]}
    unicast_peer {
        ${addresses[node === 0 ? 1 : 0]}
    }
`

/** A node whose service is down gives the address up, and takes it back only when the service has answered twice. */
const checkBlock = `vrrp_script check_service {
    script "${checker}"
    interval 1
    timeout 2
    fall 2
    rise 2
}
`

/** A link-local address in front, as the protocol would have it, is one that this network lets nobody announce. */
const notOfThisNetwork = 'first-address-not-link-local'

/** Every error and warning about the two files, alone and as a pair; empty: they are right. */
export function findingsOf(plan: ClusterPlan): readonly string[] {
  const alone = ([0, 1] as const).map((node) => {
    const text = configurationOf(plan, node)
    const reader: SourceReader = { read: (path) => (path === file ? ok(text) : fail({ kind: 'not-found' })), glob: () => [] }
    return parseConfiguration(reader, file, { hostName: `node-${node + 1}` })
  })
  const together = checkSet(alone.map(({ configuration }, at) => ({ name: `node-${at + 1}`, configuration })))
  return [...alone.flatMap(({ diagnostics }) => diagnostics), ...together]
    .filter(({ severity, code }) => severity !== 'note' && code !== notOfThisNetwork)
    .map(({ message }) => message)
}

/** Alive; one that is dead and not yet waited for doesn't count. */
const isRunning = `[ -f ${pidFile} ] && grep -q '^State:[[:space:]]*[RSDTtIPWK]' "/proc/$(cat ${pidFile})/status" 2>/dev/null`

/** May be run again. Ends with 9, and a sentence, when somebody else's daemon runs there. */
export function configureScript(plan: ClusterPlan, node: 0 | 1): string {
  const { id } = plan.cluster
  const start = `#!/bin/sh
# ${markOf(id)}
PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
export PATH
setsid /opt/havip/bin/havipd --dont-fork --log-console --log-detail -f ${file} >>/var/log/havipd.log 2>&1 </dev/null &
`
  const check = `#!/bin/sh
# ${markOf(id)}
exec perl -MIO::Socket::INET -e 'exit(IO::Socket::INET->new(PeerAddr => "127.0.0.1:${plan.cluster.checkPort}", Timeout => 1) ? 0 : 1)'
`
  const put = (path: string, text: string): string =>
    `printf %s '${encodeBase64(text)}' | base64 -d > ${path}.new && mv -f ${path}.new ${path}`
  return `set -e
[ -x /opt/havip/bin/havipd ] || { echo 'The havip programs are not to be seen in the instance.'; exit 9; }
mkdir -p /etc/keepalived /etc/havip
if [ -f ${file} ] && ! grep -qF ${shellQuoted(markOf(id))} ${file}; then
  if ${isRunning}; then echo 'A VRRP daemon with a configuration of its own runs there already.'; exit 9; fi
  [ -e ${file}.before-${id} ] || cp -p ${file} ${file}.before-${id}
fi
${put(file, configurationOf(plan, node))}
${put(starter, start)}
${put(checker, check)}
chmod 755 ${starter} ${checker}
/opt/havip/bin/havipd -t -f ${file}
[ -f /etc/rc.local ] || { printf '#!/bin/sh\\n' > /etc/rc.local; chmod 755 /etc/rc.local; }
grep -q -e 'systemctl start keepalived' -e ${shellQuoted(markOf(id))} /etc/rc.local || sed -i ${shellQuoted(`1a ${starter} # ${markOf(id)}`)} /etc/rc.local
`
}

export const startScript = `if ${isRunning}; then exit 0; fi
${starter}`

/** Takes away what `configureScript` put there, and nothing else; the daemon first. May be run again, and without the other before. */
export function cleanScript(id: string): string {
  const mark = shellQuoted(markOf(id))
  return `if [ -f ${file} ] && grep -qF ${mark} ${file}; then
  if ${isRunning}; then
    kill -TERM "$(cat ${pidFile})"
    for turn in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20 21 22 23 24 25 26 27 28 29 30; do
      if ${isRunning}; then sleep 0.1; else break; fi
    done
    if ${isRunning}; then kill -KILL "$(cat ${pidFile})"; fi
  fi
  rm -f ${file}
fi
set -e
if [ -e ${file}.before-${id} ]; then mv -f ${file}.before-${id} ${file}; fi
for own in ${starter} ${checker}; do
  if [ -f $own ] && grep -qF ${mark} $own; then rm -f $own; fi
done
rm -f ${file}.new ${starter}.new ${checker}.new
if [ -f /etc/rc.local ]; then
  sed -i ${shellQuoted(`/${markOf(id)}/d`)} /etc/rc.local
  if [ "$(cat /etc/rc.local)" = '#!/bin/sh' ]; then rm -f /etc/rc.local; fi
fi
rmdir /etc/havip /etc/keepalived 2>/dev/null || true
`
}
