/** Sends, sends again, bisects and classifies. */
@NullMarked
package io.github.dynarestore.internal.write;

import org.jspecify.annotations.NullMarked;
