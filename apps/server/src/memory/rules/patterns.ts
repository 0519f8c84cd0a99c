import { past, rule, type Rule } from './rule.ts';
import {
  belongings,
  errands,
  happenings,
  months,
  relations,
  verbsOfOthers,
  weekdays,
} from './vocabulary.ts';

const adverbs =
  '(?:(?:really|also|just|still|always|usually|actually|already|currently|definitely|absolutely|totally|mostly|often|recently|finally|both|all|now|even|only|kind of|sometimes|especially|particularly|mainly|once|ever) )*';
const dateIntro = `(?:(?:(?:on|by|this|next|last|in|every|over the|the) )?(?:(?:early|late) )?(?:${weekdays}|${months}|tomorrow|today|tonight|yesterday|week|weekend|month|year|morning|afternoon|evening|night|summer|winter|spring|fall)(?: (?:morning|afternoon|evening|night|at \\w+(?: \\w+)?|ago))? )?`;
const agoIntro = `(?:(?:a|an|one|two|three|four|five|a few|a couple of|\\d+) (?:days?|weeks?|months?|years?) ago )?`;
const I = `${dateIntro}${agoIntro}i ${adverbs}`;
const We = `${dateIntro}${agoIntro}(?:i|we|(?:my|our) (?:${relations}) and i|me and my (?:${relations})|[\\w']+ and i) ${adverbs}`;
const size =
  '(?:(?:older|younger|oldest|youngest|little|big|elder|best|old|new|close|twin|late|dear|good) )?';
const kin = `(?:my|our) ${size}(?:${relations})`;
const intent =
  '(?:will|shall|need to|needs to|have to|have got to|must|am going to|are going to|am supposed to|are supposed to|am planning to|are planning to|am planning on|plan to|plan on|intend to|promise to|promised to|have promised to|have decided to|decided to|am about to|agreed to|signed up to)';
const qualifier = "(?!(?:from|of|with|in|for|on|at|to|about|and)\\b)[\\w'-]+";
const reminder = '(?:remember|do not forget|do not let me forget|make sure|make sure i)';
const determiner = "(?:a|an|another|my|our|the|some|two|three|four|five|his|her|their|\\w+'s)";

/** Tried in order; the first that fits decides. */
export const rules: readonly Rule[] = [
  // Ahead of the rules that would take them for something else
  rule('fact', 5, `(?:my|our|${kin}'s|\\w+'s) (?:\\w+ )?(?:birthday|anniversary) (?:is|falls)\\b`, {
    needs: 'date',
    expires: false,
  }),
  rule(
    'person',
    4,
    `${I}(?:have|has) (?:a|an|two|three) (?:[\\w]+ )?(?:${relations})s? (?:named|called|who)\\b`,
    past,
  ),

  // Events: what stands in a calendar
  rule(
    'event',
    4,
    `${We}(?:have|have got|am having|are having|am hosting|are hosting|am throwing|are throwing|booked|scheduled|am attending|are attending|am performing in|am competing in) (?:${determiner} )(?:${qualifier} ){0,3}?(?:${happenings})s?\\b`,
    { needs: 'anchor' },
  ),
  rule(
    'event',
    4,
    `${dateIntro}there (?:is|will be) (?:a|an|another|our|my) (?:[\\w'-]+ ){0,3}?(?:${happenings})\\b`,
    { needs: 'date' },
  ),
  rule(
    'event',
    4,
    `(?:the|my|our|${kin}'s|[\\w]+'s) (?:[\\w'-]+ ){0,3}?(?:${happenings}) (?:(?:for|of|with|at) (?:[\\w'-]+ ){1,3}?)?(?:is|will be|starts|begins|takes place|has been (?:moved|scheduled|postponed)|was (?:moved|postponed|scheduled)|got moved|leaves|departs|lands|ends|opens)\\b(?! over\\b)`,
    { needs: 'date' },
  ),
  rule(
    'event',
    4,
    `${We}(?:am|are) (?:going(?! to (?!the|a|my|our|see))|flying|driving|travell?ing|heading|moving|meeting|seeing|visiting|starting|leaving|getting|having|returning|taking|attending|presenting|performing|competing|joining|hosting|running|speaking|celebrating|going on|opening|launching)\\b`,
    { needs: 'date' },
  ),
  rule(
    'event',
    4,
    `(?:${kin}|my \\w+ \\w+)(?: \\w+){0,2} (?:is|are|will be) (?:coming|visiting|arriving|moving|getting|having|flying|leaving|starting|graduating|returning|turning|due|performing|playing|staying)\\b`,
    { needs: 'date' },
  ),
  rule(
    'event',
    3,
    `\\w+(?: and \\w+)? (?:is|are|will be) (?:coming|visiting|arriving|moving|getting married|flying|leaving|starting|graduating|returning|turning)\\b`,
    { needs: 'named-subject' },
  ),
  rule(
    'event',
    4,
    `${We}will be (?:in|at|on|away|out|back|home|travell?ing|visiting|attending|moving|speaking|presenting)\\b`,
    { needs: 'date' },
  ),

  rule('event', 4, `${We}(?:booked|reserved|scheduled|have booked|have tickets)\\b`, {
    needs: 'date',
  }),
  rule('event', 3, `(?:${happenings}) (?:with|at|for|in)\\b`, { needs: 'date' }),

  // Facts about oneself
  rule('fact', 5, `my (?:full |first |last |middle )?name is \\w+`, { needs: 'name' }),
  rule(
    'fact',
    5,
    `${We}(?:(?:live|lived|reside|used to live|have lived|have been living|am living|are living) (?:here |alone |right |close |just |together )*(?:in|at|on|near|with|by|next|to|outside|here|there|across)|grew up|was born|were born|moved|am from|are from|was raised|come from|am originally from|come originally from)\\b`,
    { needs: 'detail', ...past },
  ),
  rule(
    'fact',
    5,
    `${I}(?:work|worked|used to work|have worked|have been working|am working|interned|am employed) (?:full time |part time |remotely )?(?:at|for|in|as)\\b`,
    past,
  ),
  rule('fact', 6, `${I}am (?:not )?(?:\\w+ly )?allergic to\\b`, { mayNegate: true }),
  rule(
    'fact',
    4,
    `${We}(?:have|have got|own|got|adopted|bought|am getting|are getting|have adopted|have bought) (?:a|an|one|two|three|four|five|six|seven|eight|\\d+|my own|our own|several|another)(?: [\\w'-]+){0,3}? (?:${belongings})\\b`,
    past,
  ),
  rule(
    'fact',
    4,
    `${I}(?:study|studied|am studying|teach|taught|majored in|graduated (?:from|in|with)|am enrolled|got (?:my|a) degree|have a degree|coach|manage|run a|run my|founded|started (?:a|my)|opened (?:a|my|our)|own)\\b`,
    past,
  ),
  rule(
    'fact',
    3,
    `${I}(?:speak|play|drive|volunteer|swim|paint|bake|collect|write|meditate|practice|do yoga)\\b(?! (?:with|about|of|to)\\b)`,
    past,
  ),
  rule(
    'fact',
    3,
    `${I}(?:go|run|work out|exercise|train|jog|hike|take|do|read|have|attend|eat|drink|walk|cook)\\b.* (?:every|each|twice a|once a|\\w+ times a|(?:times|cups?|hours?|glasses|bottles|miles) (?:of \\w+ )?a (?:day|week|month)|on (?:${weekdays})s|daily|weekly)\\b`,
    past,
  ),
  rule(
    'fact',
    3,
    `${I}(?:have|has) been (?:learning|studying|working on|working at|working as|writing|building|taking|reading|preparing for|volunteering|training|saving|looking for|coaching|renovating|running|organi[sz]ing|attending|teaching|practicing|doing|playing|going to|planning)\\b`,
    past,
  ),
  rule(
    'fact',
    3,
    `${I}am (?:learning|writing|building|taking|preparing for|volunteering|training for|saving|looking for|coaching|renovating|organi[sz]ing|teaching|reading|running for|working on|planning|applying|researching|designing)\\b`,
    past,
  ),
  rule(
    'fact',
    3,
    `${We}(?:(?:got|have gotten|have been|was|were) (?:married|engaged|divorced|promoted|accepted|hired|fired|laid off|diagnosed|elected|selected|certified)|graduated|retired|quit (?:my|the)|left (?:my|the) job|lost (?:my|our)|started (?:a|an|my|our|working|taking|learning|studying|volunteering)|joined|won|moved|enrolled|applied (?:for|to)|signed up for|published|launched|opened|broke my|had surgery|passed (?:my|the)|failed (?:my|the)|became|adopted|bought (?:a|an|my|our)|sold (?:my|our|the)|finished (?:my|writing|reading|the)|completed|have (?:just )?(?:started|joined|moved|bought|finished|published|launched|signed up))\\b`,
    past,
  ),
  rule(
    'fact',
    3,
    `${I}(?:am (?:starting (?:a|an|my|our)|trying (?!to\\b)|doing (?!my\\b)|considering|thinking (?:of|about)|looking (?:into|for|at)|putting together|training)|have been (?:looking into|to)|used to|have always)\\b`,
    past,
  ),
  rule(
    'fact',
    4,
    `${I}am (?:a vegan|a vegetarian|vegan|vegetarian|pescatarian|diabetic|married|divorced|single|engaged|pregnant|retired|lactose intolerant|left-?handed|colou?rblind|self-employed|unemployed|gluten|dyslexic|\\d+ years old|\\w+ years old)\\b`,
    { needs: 'detail', ...past },
  ),
  rule(
    'fact',
    4,
    `${I}am (?:a|an|the) (?!(?:bit|little|lot|fan|huge|big|great|good|firm|true|total|such|few)\\b)(?:[\\w-]+ ){0,3}?(?:\\w+(?:er|or|ist|ian|ant|nurse|chef|cook|student|parent|mom|dad|mother|father|pilot|vet|ceo|director|president|coach|judge|musician|architect|entrepreneur|veteran|intern|freelancer))\\b`,
    past,
  ),
  rule(
    'fact',
    4,
    `(?:my|our) (?:[\\w-]+ )?(?:job|address|phone number|boss|manager|doctor|dentist|landlord|teacher|therapist|dog|cat|car|hometown|major|dream|goal|blood type|school|company|office|house|apartment|flat number|shoe size|puppy|kitten|accountant|lawyer)(?:'s name)? (?:is|was) (?:[\\w]+ )?`,
    past,
  ),

  rule(
    'event',
    3,
    `(?:my|our) (?:${qualifier} ){1,3}?(?:broke|died|arrives|arrived|starts|started|ends|ended|expires|opens|opened|closes|is due|are due|turns|turned|got|begins|begin|start|was born)\\b`,
    { needs: 'date' },
  ),

  // Preferences
  rule(
    'preference',
    4,
    `(?:my|our) (?:all-time |absolute )?favou?rite\\b.* (?:is|are|was|has always been)\\b`,
  ),
  rule(
    'preference',
    4,
    `(?:[\\w']+ ){1,4}(?:is|are) (?:my|our) (?:all-time |absolute )?favou?rite\\b`,
    { needs: 'detail' },
  ),
  rule(
    'preference',
    3,
    `${I}(?:love|like|hate|prefer|enjoy|adore|dislike|can not stand|can not eat|can not drink|do not (?:really )?(?:like|eat|drink|enjoy|want)|never (?:eat|drink)|am (?:really |totally |super )?(?:into|fond of|obsessed with|passionate about|interested in|keen on|afraid of|scared of|terrified of|a (?:big |huge |massive )?fan of|not (?:a|really a) fan of))\\b`,
    { mayNegate: true },
  ),
  rule(
    'preference',
    2,
    `${I}(?:want to|would like to|hope to|dream of|am hoping to|aim to) (?:${errands}|become|open|start|move|travel|visit|buy|write|work|live|run|get|own|become|adopt)\\b`,
    { needs: 'detail' },
  ),

  // Commitments
  rule('commitment', 5, `(?:${dateIntro})(?:remind me (?:to|about)|note to self) \\w+`),
  rule('commitment', 5, `(?:${dateIntro})${reminder} (?:to )?(?:${errands})\\b`, {
    mayNegate: true,
  }),
  rule('commitment', 4, `(?:${dateIntro})${reminder} (?:to|the|my|our|about)\\b`, {
    needs: 'anchor',
    mayNegate: true,
  }),
  rule('commitment', 4, `${I}(?:should|ought to) (?:${errands})\\b`, { needs: 'anchor' }),
  rule('commitment', 4, `${I}${intent} ${adverbs}(?:${errands})\\b`),
  rule('commitment', 3, `${We}${intent} ${adverbs}\\w+`, { needs: 'anchor' }),
  rule('commitment', 3, `(?:have to|need to|got to|going to) (?:${errands})\\b`, { needs: 'date' }),
  rule(
    'commitment',
    3,
    `let us (?:have|meet|go|get|do|plan|book|visit|call|grab|try|see|schedule|catch up|talk|start|take)\\b`,
    { needs: 'date' },
  ),

  // People
  rule('person', 4, `${kin}(?: (?!(?:is|was|has|had|and)\\b)\\w+){0,2}? (?:${verbsOfOthers})\\b`, {
    needs: 'detail',
    ...past,
  }),
  rule(
    'person',
    3,
    `\\w+(?: \\w+)?(?: and \\w+)? (?:is|was|are) (?:(?:my|our) ${size}(?:${relations})|a|an|the (?!most|best|same|only|one|key)|from|in|at|living|working|studying|learning|allergic|married|engaged|pregnant|moving|training|now)\\b`,
    { needs: 'named-subject', ...past },
  ),
  rule(
    'person',
    3,
    `\\w+(?: \\w+)? (?:lives|lived|works|worked|loves|hates|likes|plays|teaches|studies|studied|moved|got|graduated|bought|started|owns|runs|speaks|joined|grew up)\\b`,
    { needs: 'named-subject', ...past },
  ),

  // Places
  rule(
    'place',
    3,
    `(?:the|my|our) (?:[\\w'-]+ ){1,3}?(?:is|are) (?:located |right )?(?:in|on|at|near|next to|across from|behind|beside)\\b`,
    { needs: 'name', ...past },
  ),
  rule(
    'place',
    3,
    `there is (?:a|an) (?:[\\w'-]+ ){0,2}?(?:restaurant|bakery|caf[eé]|coffee shop|park|shop|store|museum|library|gym|bar|pub|bookstore|market|clinic|beach|trail|lake) (?:in|on|at|near|next to|called|by)\\b`,
    { needs: 'name', ...past },
  ),

  // What somebody did, without a day
  rule(
    'event',
    3,
    `${We}(?:visited|volunteered|participated|attended|organi[sz]ed|hosted|celebrated|set up|performed|competed|presented|went on (?:a|an|our|my)|went to|travell?ed to|flew to|drove to|took (?:my|our|the) (?:\\w+ )?(?:${relations})|had (?:a|an) (?:${qualifier} ){0,3}?(?:${happenings}))\\b`,
    past,
  ),

  // What somebody did, when they said when
  rule(
    'event',
    3,
    `${We}(?:went|visited|met|saw|attended|took|had|did|made|bought|got|ran|hiked|gave|finished|joined|started|celebrated|signed up|spoke|presented|watched|played|moved|volunteered|painted|baked|cooked|tried|read|hosted|organi[sz]ed|helped|called|lost|found|won|drove|flew|travell?ed|spent|received|participated|performed|passed|adopted|planted|camped|swam)\\b`,
    { needs: 'date', ...past },
  ),
];
