/** Where a service is, and who asks it: from the variables that Lambda sets, and those that the SDK reads as well. */
export function awsAccess(service: 'dynamodb' | 'sns' | 'sqs', environment = process.env) {
  const { AWS_REGION: region = '' } = environment;
  const suffix = region.startsWith('cn-') ? 'amazonaws.com.cn' : 'amazonaws.com';
  const own = environment[`AWS_ENDPOINT_URL_${service.toUpperCase()}`];
  return {
    region,
    endpoint: own || environment.AWS_ENDPOINT_URL || `https://${service}.${region}.${suffix}`,
    credentials: {
      accessKeyId: environment.AWS_ACCESS_KEY_ID ?? '',
      secretAccessKey: environment.AWS_SECRET_ACCESS_KEY ?? '',
      sessionToken: environment.AWS_SESSION_TOKEN,
    },
  };
}
