/** What a backup format, an attribute mapper, a dead letter sink or a checkpoint store implements. */
@NullMarked
package io.github.dynarestore.spi;

import org.jspecify.annotations.NullMarked;
