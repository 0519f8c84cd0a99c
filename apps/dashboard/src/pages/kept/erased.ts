/** Kinds of records that mean something to people, in the order they are told. */
const kinds: Readonly<Record<string, string>> = {
  captures: 'Recordings',
  conversations: 'Conversations',
  transcripts: 'Transcripts',
  memories: 'Memories',
  uploaded_files: 'Uploaded files',
  devices: 'Devices',
};

interface ErasedKind {
  readonly label: string;
  readonly count: number;
}

/** What was removed, for people: the kinds they know one by one, the server's own bookkeeping as one sum. */
export function erasedInWords(records: Readonly<Record<string, number>>): readonly ErasedKind[] {
  const known = Object.entries(kinds).map(([name, label]) => ({
    label,
    count: records[name] ?? 0,
  }));
  const rest = Object.entries(records)
    .filter(([name]) => !(name in kinds))
    .reduce((sum, [, count]) => sum + count, 0);
  return [...known, { label: 'Other records about them', count: rest }].filter(
    ({ count }) => count > 0,
  );
}
