const manifestValues = require('../manifestValues.cjs');
const { stockResources } = require('./resources.ts');

/** The stock's table and policies, for `resources:` of `serverless.yml`. */
module.exports = function resources(context) {
  return stockResources(manifestValues(context));
};
