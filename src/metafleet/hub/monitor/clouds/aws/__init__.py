"""Amazon's CloudWatch, EventBridge, SQS and DynamoDB, a module each."""
