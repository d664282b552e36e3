import type { Directory } from './directories.js';
import { OPEN, unless, type Disk } from './disk.js';
import { JOINED } from './joined-name.js';
import { readJoinedRecord } from './joined-record.js';
import { readSeal, type KeptPart } from './part-file.js';

/** The parts in the folder of an upload. One that is not whole is none: power was lost while it was written. */
export class StoredParts {
  /** Bytes that the file which parts share was seen to have. */
  private joinedSize = 0;

  constructor(
    private readonly disk: Disk,
    private readonly directory: Directory,
  ) {}

  /** Part `number`; undefined when there is none. */
  async find(number: number): Promise<KeptPart | undefined> {
    return this.open(String(number), (fd) => this.read(fd, number));
  }

  /** Runs `work` with part `number` and the open file that its content is in; undefined when there is none. */
  async use<T>(number: number, work: (fd: number, part: KeptPart) => Promise<T>): Promise<T | undefined> {
    return this.open(String(number), async (fd) => {
      const part = await this.read(fd, number);
      if (!part) return undefined;
      return part.start === undefined ? work(fd, part) : this.open(JOINED, (joined) => work(joined, part));
    });
  }

  private async read(fd: number, number: number): Promise<KeptPart | undefined> {
    const sealed = await readSeal(this.disk, fd, number);
    if (sealed) return sealed;
    const part = await readJoinedRecord(this.disk, fd, number);
    return part && (await this.reaches(part.start + part.size)) ? part : undefined;
  }

  private async reaches(end: number): Promise<boolean> {
    if (end > this.joinedSize) {
      const stats = await unless(['ENOENT'], this.disk.lstat(this.directory.at(JOINED)));
      this.joinedSize = stats?.isFile() ? Number(stats.size) : 0;
    }
    return end <= this.joinedSize;
  }

  private async open<T>(name: string, work: (fd: number) => Promise<T | undefined>): Promise<T | undefined> {
    const fd = await unless(['ENOENT', 'ELOOP'], this.disk.open(this.directory.at(name), OPEN.read));
    if (fd === undefined) return undefined;
    try {
      return await work(fd);
    } finally {
      this.disk.closeRead(fd);
    }
  }
}
