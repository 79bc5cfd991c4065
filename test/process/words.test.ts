// The words of the product: plain US English, one name for one thing. Read in code, comments, pages, documents and the API's description.
import { globSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';

const root = fileURLToPath(new URL('../../', import.meta.url));

const read = ['src', 'canvas', 'sandbox', 'bench', 'docs']
  .map((folder) => `${folder}/**/*.{ts,js,html,css,md}`)
  .concat('*.md', 'app-manifest.json', 'package.json');

/** Each with what to write instead. */
const banned: [RegExp, string][] = [
  [/\b(who|whom)(so)?ever\b/i, '"a person who", or name the role'],
  [/\bwhose\b/i, 'two sentences, or "with"'],
  [/\bwhom\b/i, 'name the person or the role'],
  [/\b(no|some|any|every)body\b/i, '"no one", "a teammate", "anyone", "everyone", or name the role'],
  [/\banew\b/i, '"again"'],
  [/\bput(s|ting)? ((it|them|this|that|everything|what\b[^.;]*) )?right\b/i, '"fix"'],
  [/\bmend(s|ed|ing)?\b/i, '"fix"'],
  [/\bfor ever\b/i, '"forever"'],
  [/\b(makes|making|make) that\b/i, 'the verb that is meant'],
  [/\b(comes?|came) to be\b/i, '"becomes"'],
  [/\bbec(a|o)mes? of\b/i, '"result", "outcome"'],
  [/\b(is|are) (there|in Intercom) already\b/i, '"exists"'],
  [/\bthere is no such\b/i, '"… not found"'],
  [
    /\b(is|are|was|were) no (?!longer|more|less|fewer|later|earlier|older|newer|one)[a-z]+\b(?<!there (is|are|was|were) no [a-z]+)/i,
    '"is not a"',
  ],
  [
    /\b(?<!\b(outside|front|out|side|instead) )of Intercom\b(?!['’]s \w)/i,
    '"Intercom …" as an adjective, or "in Intercom"',
  ],
  [/\bIntercom['’]s[.,;:)]/, '"in Intercom", "from Intercom"'],
  [/\bsee (the )?["“]?fields["”]?(?!\w)/i, 'the fields with their problems'],
  [/\bprogrammes?\b/i, '"program"'],
  [/\benrol(s|ment|ments)?\b/i, '"enroll", "enrollment"'],
  [/\b(un)?authoris(e|ed|es|ing|ation)\b/i, '"authorize"'],
  [/\b(recogni|organi|summari|initiali|normali|serial)s(e|ed|es|ing|ation)\b/i, 'z'],
  [
    /\b(colou?rs?(?<!colors?)|behaviours?|cancell(ed|ing)|favou?r(?<!favor)|honou?r(?<!honor))\b/i,
    'US spelling',
  ],
  [/\bjoiners?\b/i, '"person", "friend"'],
  [/\bwhere it lives\b/i, '"platform"'],
];

/** Texts that stay, each with its reason; they are taken out before the rest is read. */
const kept: [file: RegExp, text: RegExp, why: string][] = [
  [/^(src\/postgres\/folder\.ts|docs\/operating\.md)$/, /["`]nobody["`]|\^nobody:/g, 'the Unix user'],
  [
    /^(src\/domain\/workspace\/settings|src\/http\/console\/workspace\/workspace-settings|src\/usecases\/card\/card-access)\.ts$|^docs\/api\.md$/,
    /['"`](nobody|everybody)['"`]/g,
    'values of card_actions.allowed, which callers of the API store',
  ],
  [/^test\/process\/embedded-server\.test\.ts$/, /\bnobody\b/g, 'the Unix user'],
  [/^(canvas\/text|src\/domain\/identity)\.ts$/, /\bjoiners?\b/gi, 'the name of a character in Unicode'],
];

function problemsOf(path: string, text: string, words = banned): string[] {
  const rest = kept
    .filter(([file]) => file.test(path))
    .reduce((left, [, exempt]) => left.replace(exempt, ''), text);
  return words.flatMap(([word, instead]) =>
    [...rest.matchAll(new RegExp(word.source, `${word.flags}g`))].map(({ 0: found, index }) => {
      const line = rest.slice(0, index).split('\n').length;
      return `${path}:${line}: "${found}": write ${instead}`;
    }),
  );
}

const isTranslation = (path: string) => /^src\/domain\/languages\/messages\/(?!en\.)/.test(path);

test('nothing that people read has a word that a product writer would not use', () => {
  const paths = read
    .flatMap((pattern) => globSync(pattern, { cwd: root }))
    .filter((path) => !isTranslation(path));
  expect(paths.length).toBeGreaterThan(700);
  expect(paths.flatMap((path) => problemsOf(path, readFileSync(root + path, 'utf8')))).toEqual([]);
});

/** Tests speak of Intercom as of a system, to those who know it. */
const bannedInTests = banned.filter(([word]) => !word.source.includes('Intercom'));

/** What a reader of tests sees first: their titles, and comments. Fixtures may say anything. */
function proseOf(source: string): string {
  const titles = source.matchAll(
    /\b(?:it|test|describe)(?:\.\w+)*(?:\([^'"`()]*\))?\(\s*(['"`])(.*?)(?<!\\)\1/g,
  );
  const comments = source.matchAll(/(?<=^|\s)\/\/ .*|\/\*[\s\S]*?\*\//g);
  return [...titles, ...comments].map((found) => found[2] ?? found[0]).join('\n');
}

test('titles and comments of tests have none of these words either', () => {
  const paths = globSync('test/**/*.ts', { cwd: root }).filter((path) => !path.endsWith('words.test.ts'));
  expect(paths.length).toBeGreaterThan(200);
  expect(
    paths.flatMap((path) => problemsOf(path, proseOf(readFileSync(root + path, 'utf8')), bannedInTests)),
  ).toEqual([]);
});

test('the list finds its words in code, comments and documents, and leaves ordinary English alone', () => {
  for (const bad of [
    "throw new Failure('invalid', 'Nobody is here.');",
    '// Whose it is.',
    'Put everything right',
    'This contact is none; there is no such rule.',
    'an outage of Intercom',
    'a scope of Intercom’s.',
    'Some fields were refused: see "fields".',
  ])
    expect(problemsOf('src/any.ts', bad), bad).not.toEqual([]);
  for (const good of [
    'a call outside of Intercom',
    'of Intercom’s rate limit',
    'there is no answer yet',
    'is no longer pending',
    'recommended',
  ])
    expect(problemsOf('src/any.ts', good), good).toEqual([]);
  expect(problemsOf('docs/operating.md', 'it runs as `nobody`')).toEqual([]);
  expect(problemsOf('docs/start.md', 'it runs as `nobody`')).not.toEqual([]);
});
