/** Counts every record once. */
@NullMarked
package io.github.dynarestore.internal.ledger;

import org.jspecify.annotations.NullMarked;
