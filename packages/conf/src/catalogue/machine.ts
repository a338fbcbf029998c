// Codes of the machine that the configuration is checked on.
import { type CatalogueSection, entry } from './entry.ts'

export const machine: CatalogueSection = {
  name: 'machine',
  title: 'The machine',
  entries: {
    'routing-name-not-found': entry(
      'A route or rule names a table, protocol, scope, realm, TOS or group that this machine has no number for.',
      'Leaves the route or rule out.',
      'Write the number, or add the name to the file of iproute2 that has it (rt_tables and the like).',
    ),
    'interface-not-found': entry(
      'The machine has no such interface.',
      'Refuses to start, or waits for it with dynamic_interfaces.',
      'Correct the name (`ip link`), or write dynamic_interfaces.',
    ),
    'mail-server-not-found': entry(
      'The name of the mail server cannot be resolved.',
      'Reports it; no mail is sent until it is started anew.',
      'Write the address, or mend the name service.',
    ),
    'interface-unknown': entry(
      'The machine has no such interface.',
      'Ignores the entry (exit status 4).',
      'Correct the name (`ip link`), or remove the entry.',
    ),
    'loopback-interface': entry('Nobody else is on a loopback.', 'Refuses to start.', 'Name the interface that the other nodes are on.'),
    'no-multicast': entry('The interface cannot send to groups.', 'Stays in FAULT.', 'Use unicast_peer.'),
    'static-without-interface': entry(
      'A static address has no interface.',
      'Refuses to start (exit status 4).',
      'Write `dev`, or default_interface in global_defs.',
    ),
    'user-not-found': entry(
      'The account or group does not exist.',
      'Does not run the script.',
      'Create it, or name another; quote a command with arguments.',
    ),
    'no-script-user': entry(
      'Script security is on and there is no account to run scripts as.',
      'Disables the scripts.',
      'Add script_user, or the account keepalived_script.',
    ),
    'script-not-found': entry(
      'There is no such program on this machine.',
      'Does not run the script; of a tracker it is a problem, of a notification a remark.',
      'Correct the path.',
    ),
    'script-not-a-file': entry('The path is a directory or device.', 'Does not run it.', 'Name the program itself.'),
    'script-not-executable': entry('The user it would run as may not execute it.', 'Does not run it.', '`chmod +x`, or another user.'),
    'unsafe-path': entry(
      'Somebody else can write to the script or to a directory above it, and so becomes who runs it.',
      'Warns (exit status 6); with enable_script_security it does not run it, which is a problem of a tracker and told of all others.',
      'Do what the message says with the part that it names.',
    ),
    'key-file-missing': entry('A file with a key of auth_hmac does not exist.', 'Drops the key.', 'Write the file, or correct the path.'),
    'key-file-readable': entry(
      'Others may read a file with a key, and could sign adverts.',
      'Warns (exit status 6).',
      '`chown root` and `chmod 600` the file.',
    ),
    'webhook-file-missing': entry(
      'The secret or the certificates of a webhook are not there.',
      'Does not know webhook.',
      'Write the file, or correct the path.',
    ),
    'webhook-secret-readable': entry(
      'Others may read the secret of a webhook, and could sign in our name; havip does not use it.',
      'Does not know webhook.',
      '`chown root` and `chmod 600` the file.',
    ),
  },
}
