// `npm run sbom`: what a production install consists of, as CycloneDX. `npm sbom --omit=dev` leaves out the packages
// that development tools use, too.
import { execFileSync } from 'node:child_process';

type Component = { 'bom-ref': string; properties?: { name: string; value: string }[] };
type Dependency = { ref: string; dependsOn: string[] };
type Bom = { components: Component[]; dependencies: Dependency[] };

const isForDevelopment = ({ properties = [] }: Component) =>
  properties.some(({ name, value }) => name === 'cdx:npm:package:development' && value === 'true');

const text = execFileSync('npm', ['sbom', '--package-lock-only', '--sbom-format=cyclonedx'], {
  encoding: 'utf8',
  maxBuffer: 64 * 2 ** 20,
});
const bom = JSON.parse(text) as Bom;
const left = new Set(bom.components.filter(isForDevelopment).map((component) => component['bom-ref']));
const production: Bom = {
  ...bom,
  components: bom.components.filter((component) => !isForDevelopment(component)),
  dependencies: bom.dependencies
    .filter(({ ref }) => !left.has(ref))
    .map(({ ref, dependsOn }) => ({ ref, dependsOn: dependsOn.filter((other) => !left.has(other)) })),
};
process.stdout.write(`${JSON.stringify(production, null, 2)}\n`);
