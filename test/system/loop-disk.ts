import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const MIB = 2 ** 20;
/** EXT4_IOC_SHUTDOWN of linux/ext4.h, and its way in which nothing is written any more, not even the log. */
const SHUT_DOWN = '0x8004587D';
const WITHOUT_ANOTHER_WRITE = 2;

/**
 * An ext4 file system in a file, whose power can be cut: what was not synced is gone then, as its journal has it. Linux, and mostly
 * root, only.
 */
export class LoopDisk implements Disposable {
  readonly path: string;
  readonly #image: string;
  #isMounted = false;

  private constructor(folder: string, megabytes: number) {
    this.#image = join(folder, 'disk.img');
    this.path = join(folder, 'disk');
    writeFileSync(this.#image, '');
    truncateSync(this.#image, megabytes * MIB);
    run('mkfs.ext4', '-q', '-E', 'lazy_itable_init=0,lazy_journal_init=0', this.#image);
    mkdirSync(this.path);
    this.#mount();
  }

  /** @param folder - a directory for the image and the mount */
  static make(folder: string, megabytes = 128): LoopDisk {
    return new LoopDisk(folder, megabytes);
  }

  /** Whether this process may do all that. */
  static isPossible(): boolean {
    const folder = mkdtempSync(join(tmpdir(), 'ferryline-loop-'));
    try {
      using disk = LoopDisk.make(folder, 16);
      disk.cutPower();
      return true;
    } catch {
      return false;
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  }

  /** Makes everything on it survive a cut. */
  sync(): void {
    run('sync', '--file-system', this.path);
  }

  /** From this moment nothing reaches the disk; whoever writes is refused. */
  cutPower(): void {
    const program =
      'open(my $disk, "<", $ARGV[0]) or die $!; my $way = pack("L", $ARGV[2]); defined ioctl($disk, hex($ARGV[1]), $way) or die $!';
    run('perl', '-e', program, this.path, SHUT_DOWN, String(WITHOUT_ANOTHER_WRITE));
  }

  /** Mounts again what is on the disk. @throws Error when somebody has something of it open, which would keep what was not synced */
  switchOn(): void {
    if (this.#isMounted) run('umount', this.path);
    this.#mount();
  }

  /** Takes the file system away: the directory under it appears. May be called twice. */
  unmount(): void {
    if (!this.#isMounted) return;
    run('umount', '--lazy', this.path);
    this.#isMounted = false;
  }

  [Symbol.dispose](): void {
    this.unmount();
  }

  #mount(): void {
    run('mount', '-o', 'loop', this.#image, this.path);
    this.#isMounted = true;
  }
}

function run(program: string, ...args: readonly string[]): void {
  execFileSync(program, args, { stdio: 'pipe' });
}
