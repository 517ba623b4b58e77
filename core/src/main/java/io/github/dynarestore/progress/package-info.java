/** Watching a restore. */
@NullMarked
package io.github.dynarestore.progress;

import org.jspecify.annotations.NullMarked;
