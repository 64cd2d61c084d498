/** `npm run bench [name…]`: each question in a table of its own; exit code 1 when a bar is missed. */
import { cluster } from './cluster.js';
import { cost } from './cost.js';
import { decoder } from './decoder.js';
import { memoryRedis } from './memory-redis.js';
import { scale } from './scale.js';
import { slowSubscriber } from './slow-subscriber.js';
import { throughput } from './throughput.js';

const questions: Record<string, () => Promise<boolean>> = {
  throughput,
  decoder,
  cost,
  'slow-subscriber': slowSubscriber,
  'memory-redis': memoryRedis,
  cluster,
  scale,
};
const asked = process.argv.slice(2);
for (const [name, question] of Object.entries(questions)) {
  if (asked.length > 0 && !asked.includes(name)) continue;
  console.log(`\n${name}`);
  if (!(await question())) process.exitCode = 1;
}
