import type { ConversationPageBody } from '@friend-lite/contract';
import { Check, Clock, LoaderCircle, Minus, TriangleAlert } from 'lucide-react';
import { closeReasonInWords } from '../../words/conversation.ts';
import { stageInWords, stageNames, type StageWords } from '../../words/stage.ts';
import { formatDuration, formatTime } from '../../words/time.ts';

type Conversation = ConversationPageBody['conversation'];

/** The stages after the close and what came of each, and what else is known of the conversation. */
export function ProcessingPanel({ conversation }: { readonly conversation: Conversation }) {
  return (
    <section className="card panel processing-panel" aria-label="Processing">
      <h2 className="panel-title">Processing</h2>
      <ol className="stages">
        {stageNames.map((name) => {
          const words = stageInWords(name, conversation.stages[name]);
          return (
            <li key={name} className={`stage is-${words.tone}`}>
              <StageIcon tone={words.tone} />
              <span>
                <strong>{words.name}</strong>
                <span>{words.outcome}</span>
              </span>
            </li>
          );
        })}
      </ol>
      <dl className="facts numbers">
        {factsOf(conversation).map(([name, value]) => (
          <div key={name}>
            <dt>{name}</dt>
            <dd>{value}</dd>
          </div>
        ))}
      </dl>
    </section>
  );
}

function StageIcon({ tone }: { readonly tone: StageWords['tone'] }) {
  switch (tone) {
    case 'done':
      return <Check size={16} aria-hidden="true" />;
    case 'busy':
    case 'live':
      return <LoaderCircle size={16} className="spinner" aria-hidden="true" />;
    case 'waiting':
      return <Clock size={16} aria-hidden="true" />;
    case 'problem':
      return <TriangleAlert size={16} aria-hidden="true" />;
    case 'quiet':
      return <Minus size={16} aria-hidden="true" />;
  }
}

function factsOf(conversation: Conversation): readonly (readonly [string, string])[] {
  const { ended_at: endedAt, close_reason: reason, coverage, gaps } = conversation;
  const version = conversation.transcript_versions.find(
    ({ version_id: id }) => id === conversation.active_transcript_version,
  );
  const lost = gaps.reduce((total, gap) => total + gap.end - gap.start, 0);
  return [
    ...(endedAt === null
      ? []
      : [
          [
            'Closed',
            [formatTime(endedAt), reason && closeReasonInWords(reason)].filter(Boolean).join(', '),
          ] as const,
        ]),
    ...(version ? [['Transcribed by', `${version.provider}, ${version.model}`] as const] : []),
    ...(coverage === null ? [] : [['Speech covered', `${Math.round(coverage * 100)} %`] as const]),
    ...(gaps.length === 0 ? [] : [['Not recorded', formatDuration(lost)] as const]),
  ];
}
