/** The format {@code dynamodb-export}: what DynamoDB's own export to S3 writes. */
@NullMarked
package io.github.dynarestore.format.export;

import org.jspecify.annotations.NullMarked;
