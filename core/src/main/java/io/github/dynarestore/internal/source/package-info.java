/** Lists, fetches and decompresses backup objects. */
@NullMarked
package io.github.dynarestore.internal.source;

import org.jspecify.annotations.NullMarked;
