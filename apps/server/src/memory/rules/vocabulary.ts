/** The word lists of the rules, as alternatives for a regular expression over lower-case words. */

export const weekdays = 'monday|tuesday|wednesday|thursday|friday|saturday|sunday';
export const months =
  'january|february|march|april|may|june|july|august|september|october|november|december';

/** Who somebody is to the one who speaks. */
export const relations = [
  'wife|husband|partner|spouse|fianc[eé]e?|girlfriend|boyfriend|ex-wife|ex-husband|ex|mom|mum|mother|dad|father',
  'parents|son|daughter|sons|daughters|kid|kids|child|children|baby|twins|brother|sister|brothers|sisters',
  'siblings|grandmother|grandfather|grandma|grandpa|granny|grandparents|grandson|granddaughter|aunt|uncle',
  'cousin|cousins|niece|nephew|mother-in-law|father-in-law|sister-in-law|brother-in-law|stepmother|stepfather',
  'stepson|stepdaughter|godmother|godfather|family|fam|folks|friend|friends|roommate|flatmate|housemate|neighbou?rs?|boss',
  'manager|coworker|co-worker|colleague|colleagues|teammate|mentor|teacher|tutor|coach|doctor|dentist|therapist',
  'lawyer|landlord|landlady|accountant|trainer|nanny|babysitter|assistant|client|dog|cat|puppy|kitten|pets?|horse|parrot',
].join('|');

/** What is said of somebody else: verbs that can only follow a subject. */
export const verbsOfOthers = [
  'is|was|has|had|lives?|lived|works?|worked|loves?|likes?|hates?|plays?|teaches|studies|studied|moved|got|goes|went',
  'turns|turned|graduated|died|passed away|bought|started|starts|owns|runs|speaks|adopted|won|joined|grew up|wants to',
  'will|invited|gave|called|helped|taught|came|visited|made|makes|found|lost|sent|recommended|needs',
].join('|');

/** Happenings that stand in a calendar. */
export const happenings = [
  'appointment|meeting|interview|exam|test|quiz|class|lesson|flight|train|party|wedding|funeral|reservation|booking|date|call',
  'conference|presentation|recital|concert|show|game|match|race|marathon|surgery|operation|checkup|check-up|trip|vacation',
  'holiday|deadline|dinner|lunch|breakfast|brunch|barbecue|picnic|ceremony|graduation|birthday|anniversary|reunion|rehearsal|workshop',
  'webinar|session|event|festival|exhibition|tournament|competition|audition|hearing|inspection|viewing|delivery|retreat|parade|gig',
  'fundraiser|performance|review|visit|tour|practice|sleepover|playdate|shift|gala|summit|seminar|course|scan|x-ray',
].join('|');

/** Things somebody has that say something about a life. */
export const belongings = [
  'dogs?|cats?|pets?|pupp(?:y|ies)|pups?|kitty|kittens?|horses?|rabbits?|hamsters?|parrots?|turtles?|lizards?|snakes?|guinea pigs?|fish',
  'kids?|child|children|sons?|daughters?|brothers?|sisters?|siblings?|twins?|cousins?|nephews?|nieces?|wife|husband|girlfriend',
  'boyfriend|partner|roommates?|house|apartment|flat|condo|cabin|farm|car|truck|van|bike|motorcycle|boat|garden|business|company',
  'shop|store|studio|restaurant|bakery|podcast|blog|youtube channel|degree|masters?|phd|license|diploma|allerg(?:y|ies)|asthma|diabetes',
  'migraines?|condition|phobia|tattoos?|scholarship|job|internship|guitar|piano|violin|drums?|tank',
].join('|');

/** Concrete things a person sets out to do: with one of these, a task needs no date to be one. */
export const errands = [
  'buy|call|ring|phone|email|e-mail|mail|text|message|pay|send|pick up|drop off|book|order|schedule|reschedule|cancel|renew|return',
  'fix|repair|clean|finish|submit|prepare|print|bring|pack|wash|water|feed|walk the|register|apply|enroll|sign up|refill|refund',
  'replace|charge|install|invite|contact|visit|meet|file|review|update|write|study|practice|deliver|collect|cook|bake|build|paint|sell',
  'rent|hire|download|upload|back up|transfer|deposit|withdraw|vacuum|mow|iron|sew|wrap|post|reply to|follow up|get|grab|take|help',
  'remind|tell|ask|organi[sz]e|arrange|plan|confirm|change|move|return|donate|volunteer|interview|see (?:the|a|my)|go to|drive|fly|travel|learn|read',
].join('|');

/** Words that say nothing by themselves. */
export const vagueNouns = new Set(
  [
    'thing things stuff something anything everything nothing one ones way ways lot lots bit kind sort time times moment moments',
    'idea ideas point part place places people person someone somebody everyone everybody anyone guy guys man day days it this that',
    'these those them him her he she they i we you us me myself yourself ourselves itself himself herself themselves mine yours ours',
    'there here feeling feelings feel fact question word words thought thoughts matter reason thanks luck world life what who which',
    'picture photo pic pics photos pictures look view experience difference step steps stories story advice ton tons couple while',
  ]
    .join(' ')
    .split(' '),
);

/** Names of languages, which are written with a capital. */
export const languages =
  'spanish|english|french|german|italian|japanese|chinese|korean|portuguese|russian|arabic|hindi|mandarin|cantonese|dutch|greek|polish|turkish|swedish|hebrew|latin|vietnamese|ukrainian';

/** Words that join clauses. */
export const connectives = new Set(
  'and but so because cause since though although while whereas or then plus which who where except'.split(
    ' ',
  ),
);

/** Openers that add nothing: dropped from the front, and a boundary when they stand in between. */
export const interjections = new Set(
  [
    'yeah yes yep yup yea nope okay ok oh ah aw aww hmm um uh er erm mm wow hey hi hello haha lol thanks btw anyway anyways gosh jeez whoa woah',
  ]
    .join(' ')
    .split(' '),
);

/** Words that can only be a subject, with what grows on them. */
export const subjects = new Set(
  "i i'm i'll i've i'd we we're we'll we've we'd he he's he'll she she's she'll they they're they've they'll let's there's it's that's you're you've you'll".split(
    ' ',
  ),
);
