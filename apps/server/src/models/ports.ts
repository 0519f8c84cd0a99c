/** A file of a model. */
export interface ModelFile {
  /** How its user knows it, e.g. `encoder`. */
  readonly role: string;
  /** Its name in the repository and on this machine. */
  readonly name: string;
}

/** A model that is not part of the program: fetched when it is first wanted, and kept. */
export interface Model {
  readonly name: string;
  readonly purpose: 'speech-to-text';
  /** `owner/name` on the model hub. */
  readonly repository: string;
  readonly licence: string;
  readonly files: readonly ModelFile[];
}

/** How a model stands on this machine. Bytes; null while nobody has said how many there are. */
export interface ModelStatus {
  readonly model: Model;
  readonly state: 'absent' | 'fetching' | 'present';
  readonly byteCount: number;
  readonly totalBytes: number | null;
  /** Why the last attempt to fetch it ended; null: it was not tried, or it is present. */
  readonly problem: string | null;
}

/** The models of this machine. */
export interface ModelStore {
  /** Every model of the catalogue. */
  list(): Promise<readonly ModelStatus[]>;
  /** Null: the catalogue has none of this name. */
  status(name: string): Promise<ModelStatus | null>;
  /** Paths of the files of a model by their roles; null while it is not whole. */
  paths(name: string): Promise<Readonly<Record<string, string>> | null>;
  /**
   * Fetches what is missing, checks it, and resolves when it is whole; whoever asks meanwhile waits for the same. What came
   * before a break is kept. Throws `model_not_found` and `model_not_fetched`.
   */
  fetch(name: string, signal: AbortSignal): Promise<void>;
  /** Removes it from the disk, also half of it. False when there was nothing. Throws `model_not_found`. */
  remove(name: string): Promise<boolean>;
}
