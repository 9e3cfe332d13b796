/** Where DynamoDB is, and who asks it: from the variables that Lambda sets, and those that the SDK reads as well. */
export function dynamoAccess(environment = process.env) {
  const { AWS_REGION: region = '' } = environment;
  const suffix = region.startsWith('cn-') ? 'amazonaws.com.cn' : 'amazonaws.com';
  const endpoint = environment.AWS_ENDPOINT_URL_DYNAMODB || environment.AWS_ENDPOINT_URL;
  return {
    region,
    endpoint: endpoint || `https://dynamodb.${region}.${suffix}`,
    credentials: {
      accessKeyId: environment.AWS_ACCESS_KEY_ID ?? '',
      secretAccessKey: environment.AWS_SECRET_ACCESS_KEY ?? '',
      sessionToken: environment.AWS_SESSION_TOKEN,
    },
  };
}
