/** The format {@code stream}: DynamoDB stream records as JSON. */
@NullMarked
package io.github.dynarestore.format.stream;

import org.jspecify.annotations.NullMarked;
