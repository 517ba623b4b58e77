/** The format {@code dynamodb-export}: what DynamoDB's own export to S3 writes. */
package io.github.dynarestore.format.export;
