/** What the page needs of a phone. Both platforms' objects are checked against this with their vendors' types. */

type Call<Given, Told> = (options: Given & { success(told: Told): void; fail(told: unknown): void }) => unknown;

/** wx.getFileSystemManager() or my.getFileSystemManager(). */
export interface Manager {
  mkdir: Call<{ dirPath: string; recursive: boolean }, unknown>;
  readdir: Call<{ dirPath: string }, { files: string[] }>;
  readFile: Call<{ filePath: string }, { data: string | ArrayBuffer }>;
  writeFile: Call<{ filePath: string; data: ArrayBuffer }, unknown>;
  unlink: Call<{ filePath: string }, unknown>;
}

export interface Platform {
  /** The language of the phone: zh_CN, zh-Hans, en. */
  language(): string;
  title(text: string): unknown;
  /** The text of a QR code; undefined where the guard went back. */
  scan(): Promise<string | undefined>;
  fetch(address: string): Promise<ArrayBuffer>;
  /** Files that the guard chooses; none where the guard went back. */
  choose?(): Promise<ArrayBuffer[]>;
  /** Numbers of a cryptographic generator, where the platform has one. */
  random?(length: number): Promise<ArrayBuffer>;
  confirm(text: string, words: { yes: string; no: string }): Promise<boolean>;
  files(): { manager: Manager; folder: string };
  /** What is kept, or undefined. */
  get(key: string): Promise<unknown>;
  set(key: string, value: unknown): Promise<unknown>;
}
