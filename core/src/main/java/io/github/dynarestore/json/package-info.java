/** The toolkit for formats: walks JSON values in bytes and finds slices of DynamoDB JSON without decoding them. */
@NullMarked
package io.github.dynarestore.json;

import org.jspecify.annotations.NullMarked;
