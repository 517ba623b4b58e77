/** What a backup format, an attribute mapper or a dead letter sink implements. */
@NullMarked
package io.github.dynarestore.spi;

import org.jspecify.annotations.NullMarked;
