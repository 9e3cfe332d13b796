/** Commands that package nothing: the bundler would take most of their start. */
const OPERATING = 'workers reconcile stock breaker status orders dlq plan'.split(' ');

module.exports = OPERATING.includes(process.argv[2])
  ? class NoBundler {}
  : require('serverless-esbuild');
