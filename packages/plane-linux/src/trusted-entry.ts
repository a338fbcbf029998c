// The few lines that run with full rights on the threshold of an instance. Everything an instance can write (its disk, its
// programs, its libraries) is hostile, so rights must be given up after the last step that needs them and before the first
// program from in there is executed, by one process that executes nothing in between. No standard tool does that for an
// existing set of namespaces; Perl (essential in Debian) has the system calls at hand and no threads.
//
// What it does is decided by the caller: a list of operations on standard input for `boot`, arguments for `enter`.
import { readFileSync } from 'node:fs'

/** Numbers of capabilities(7) that an instance keeps; everything else is gone for good. */
export const keptCapabilities: Readonly<Record<string, number>> = {
  CHOWN: 0,
  DAC_OVERRIDE: 1,
  FOWNER: 3,
  FSETID: 4,
  KILL: 5,
  SETGID: 6,
  SETUID: 7,
  SETPCAP: 8,
  NET_BIND_SERVICE: 10,
  NET_ADMIN: 12,
  NET_RAW: 13,
  IPC_LOCK: 14,
  SYS_CHROOT: 18,
  SYS_NICE: 23,
  AUDIT_WRITE: 29,
}

const numbers = {
  x64: {
    setns: 308,
    unshare: 272,
    mount: 165,
    umount2: 166,
    pivot_root: 155,
    prctl: 157,
    capset: 126,
    mknodat: 259,
    sethostname: 170,
    setsid: 112,
  },
  arm64: {
    setns: 268,
    unshare: 97,
    mount: 40,
    umount2: 39,
    pivot_root: 41,
    prctl: 167,
    capset: 91,
    mknodat: 33,
    sethostname: 161,
    setsid: 157,
  },
} as const

function syscallNumbers(): Readonly<Record<string, number>> {
  const known = numbers[process.arch as keyof typeof numbers]
  if (!known) throw new Error(`instances are not supported on ${process.arch}`)
  return known
}

const prelude = (): string => `
use strict; use warnings; use Fcntl;
my %nr = (${Object.entries(syscallNumbers())
  .map(([name, number]) => `${name} => ${number}`)
  .join(', ')});
my @keep = (${Object.values(keptCapabilities).join(', ')});
$ENV{PATH} = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';
sub call { my ($name, @args) = @_; my $got = syscall($nr{$name}, @args); die "$name: $!\\n" if $got == -1; return $got }
# prctl: 24 PR_CAPBSET_DROP, 47 PR_CAP_AMBIENT (4 CLEAR_ALL), 4 PR_SET_DUMPABLE, 1 PR_SET_PDEATHSIG.
sub drop_rights {
  my %kept = map { $_ => 1 } @keep;
  syscall($nr{prctl}, 47, 4, 0, 0, 0);
  for my $number (0 .. 63) { next if $kept{$number}; last if syscall($nr{prctl}, 24, $number, 0, 0, 0) == -1 && $number > 40; }
  my @mask = (0, 0);
  $mask[$_ >> 5] |= 1 << ($_ & 31) for @keep;
  my $head = pack('LL', 0x20080522, 0);
  my $data = pack('L6', $mask[0], $mask[0], 0, $mask[1], $mask[1], 0);
  call('capset', $head, $data);
}
sub open_ns { my ($path) = @_; sysopen(my $fd, $path, O_RDONLY) or die "$path: $!\\n"; return $fd }
`

/**
 * Arguments: network namespace, new root, file for the process id, boot id of the host, then the first program and its
 * arguments. Standard input: operations, one a line, words separated by tabs. Ends when the instance has begun to run.
 */
export const bootScript = (): string => `${prelude()}
my ($netns, $root, $pidfile, $bootid, @argv) = @ARGV;
my @plan = map { chomp; [split /\\t/, $_, -1] } <STDIN>;
open(STDIN, '<', '/dev/null') or die "null: $!\\n";
my $net = open_ns($netns);
call('setns', fileno($net), 0x40000000); close $net;
call('unshare', 0x00020000 | 0x04000000 | 0x08000000 | 0x20000000);
my $none = 'none'; my $slash = '/';
call('mount', $none, $slash, 0, 0x40000 | 0x4000, 0);   # private, recursively
pipe(my $from, my $to) or die "pipe: $!\\n";
my $child = fork; defined $child or die "fork: $!\\n";
if ($child) {
  close $to;
  my $word = join '', <$from>;
  exit 0 if $word eq '';
  waitpid($child, 0);
  print STDERR $word; exit 1;
}
close $from;
eval {
  begin_session();
  for my $op (@plan) {
    my ($what, @args) = @$op;
    if ($what eq 'mount') { my ($source, $target, $type, $flags, $data) = @args; call('mount', $source, $target, $type eq '' ? 0 : $type, $flags + 0, $data eq '' ? 0 : $data) if try_file($target, $type); }
    elsif ($what eq 'mkdir') { my ($path, $mode) = @args; mkdir $path or $!{EEXIST} or die "mkdir $path: $!\\n"; chmod oct $mode, $path or die "chmod $path: $!\\n" }
    elsif ($what eq 'node') { my ($path, $mode, $major, $minor) = @args; call('mknodat', -100, $path, 0020000 | oct $mode, ($major << 8) | $minor); chmod oct $mode, $path }
    elsif ($what eq 'symlink') { symlink $args[0], $args[1] or die "symlink $args[1]: $!\\n" }
    elsif ($what eq 'hostname') { call('sethostname', $args[0], length $args[0]) }
    else { die "unknown operation $what\\n" }
  }
  chdir $root or die "$root: $!\\n";
  my $here = '.';
  call('pivot_root', $here, $here);
  call('umount2', $here, 2);
  chdir '/' or die "root: $!\\n";
  # Whoever waits for the end of our output waits for the boot, not for the instance.
  open($_, '+<', '/dev/null') or die "null: $!\n" for *STDIN, *STDOUT, *STDERR;
  umask 022;
  drop_rights();
  %ENV = (PATH => $ENV{PATH}, LANG => 'C.UTF-8', HOME => '/root', TERM => 'linux', container => 'havip');
  1;
} or do { print $to $@; exit 1 };
# The pipe closes by itself when the program is executed; only a failure writes to it.
{ no warnings; exec { $argv[0] } @argv; }
print $to "$argv[0]: $!\\n"; exit 1;

# Masks are for what exists: kernels differ in what they have below /proc.
sub try_file { my ($target, $type) = @_; return $type ne '' || -e $target }
sub begin_session {
  call('setsid');
  # /proc is still the host's: the process id in it is the one that the host knows us by. Field 22 is the start time.
  open(my $stat, '<', '/proc/self/stat') or die "stat: $!\\n";
  my $line = <$stat>; close $stat;
  my ($pid) = $line =~ /^(\\d+)/; my @rest = split ' ', substr($line, rindex($line, ')') + 2);
  open(my $out, '>', "$pidfile.new") or die "$pidfile: $!\\n";
  print $out "$pid $rest[19] $bootid\\n"; close $out or die "$pidfile: $!\\n";
  rename "$pidfile.new", $pidfile or die "$pidfile: $!\\n";
}
`

/**
 * Arguments: process id and start time of the instance's first process, user, directory, TERM, then a program and its
 * arguments; no program: a login shell. Ends with the program's status, 128 and its signal when one ended it, 126 when it
 * could not be started.
 */
export const enterScript = (): string => `${prelude()}
my ($pid, $start, $user, $directory, $term, @argv) = @ARGV;
syscall($nr{prctl}, 1, 9, 0, 0, 0);
my @spaces = map { open_ns("/proc/$pid/ns/$_") } qw(net uts ipc pid mnt);
# The descriptors hold the namespaces; if the process still is the one that was meant, so are they.
open(my $stat, '<', "/proc/$pid/stat") or die "gone\\n"; my $line = <$stat> // ''; close $stat;
my @rest = split ' ', substr($line, rindex($line, ')') + 2);
die "gone\\n" unless ($rest[19] // '') eq $start;
call('setns', fileno($_), 0) for @spaces;
close $_ for @spaces;
chdir '/' or die "root: $!\\n";
# Nobody in there may look at or through this process before it has become one of theirs.
call('prctl', 4, 0, 0, 0, 0);
drop_rights();
my $child = fork; defined $child or die "fork: $!\\n";
if ($child) {
  $SIG{$_} = 'IGNORE' for qw(INT QUIT HUP);
  waitpid($child, 0);
  exit($? & 127 ? 128 + ($? & 127) : $? >> 8);
}
syscall($nr{prctl}, 1, 9, 0, 0, 0);
sub refuse { print STDERR "@_\\n"; exit 126 }
my ($uid, $gid, $home, $shell);
if (open(my $file, '<', '/etc/passwd')) {
  while (<$file>) { chomp; my @f = split /:/, $_, -1; next unless @f == 7 && $f[0] eq $user; ($uid, $gid, $home, $shell) = @f[2, 3, 5, 6]; last }
}
refuse("unknown user $user") unless defined $uid && $uid =~ /^\\d+$/ && $gid =~ /^\\d+$/;
my @groups = ($gid);
if (open(my $file, '<', '/etc/group')) {
  while (<$file>) { chomp; my @f = split /:/, $_, -1; push @groups, $f[2] if @f == 4 && $f[2] =~ /^\\d+$/ && grep { $_ eq $user } split /,/, $f[3] }
}
$) = "$gid @groups"; $( = $gid; $< = $uid; $> = $uid;
refuse("cannot become $user") unless $< == $uid && $> == $uid && (split ' ', $))[0] == $gid;
$shell = '/bin/sh' if ($shell // '') eq '';
%ENV = (PATH => $ENV{PATH}, LANG => 'C.UTF-8', HOME => $home, USER => $user, LOGNAME => $user, SHELL => $shell, ($term eq '' ? () : (TERM => $term)));
my $where = $directory eq '' ? $home : $directory;
chdir $where or ($directory eq '' ? chdir '/' : refuse("$where: $!"));
umask 022;
{ no warnings;
  if (@argv) { exec { $argv[0] } @argv; refuse("$argv[0]: $!") }
  my ($base) = $shell =~ m{([^/]*)$};
  exec { $shell } "-$base"; refuse("$shell: $!");
}
`

/** Where Debian and Ubuntu keep it. */
export const interpreter = '/usr/bin/perl'

/** Tells one start of the machine from another: process ids of an earlier one mean nothing. */
export const hostBootId = (): string => readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim()
