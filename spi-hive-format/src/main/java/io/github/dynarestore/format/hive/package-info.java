/** The format {@code emr-export}: whole items as JSON lines, as the EMR DynamoDB connector writes them. */
@NullMarked
package io.github.dynarestore.format.hive;

import org.jspecify.annotations.NullMarked;
