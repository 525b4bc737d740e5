// A disk of this machine that is small, and so soon full: a file system in a file, mounted.
import { chmodSync, mkdirSync, mkdtempSync, rmSync, statfsSync, truncateSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { execa } from "execa";

export class SmallDisk {
  private readonly directory = mkdtempSync(join(tmpdir(), "small-disk-"));
  readonly mountpoint = join(this.directory, "disk");

  /** For containers that see it, before they start. */
  async create(bytes = 2 ** 26): Promise<void> {
    const image = join(this.directory, "disk.img");
    writeFileSync(image, "");
    truncateSync(image, bytes);
    mkdirSync(this.mountpoint);
    chmodSync(this.directory, 0o755); // for whoever measures it
    await execa("mkfs.ext4", ["-q", "-m", "0", image]);
    await execa("mount", ["-o", "loop", image, this.mountpoint]);
  }

  /** Leaves that share of it free. */
  fill(left: number): void {
    const { bavail, blocks, bsize } = statfsSync(this.mountpoint);
    writeFileSync(join(this.mountpoint, "filling"), Buffer.alloc(Math.floor((bavail - blocks * left) * bsize), 1));
  }

  empty(): void {
    truncateSync(join(this.mountpoint, "filling"));
  }

  async remove(): Promise<void> {
    await execa("umount", [this.mountpoint]);
    rmSync(this.directory, { recursive: true });
  }
}
