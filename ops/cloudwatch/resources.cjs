const manifestValues = require('../manifestValues.cjs');
const { cloudWatchResources } = require('./resources.ts');

/** Dashboard, alarms and the tracing policy, for `resources:` of `serverless.yml`. */
module.exports = function resources(context) {
  const values = manifestValues(context);
  return cloudWatchResources(values, values.stage);
};
