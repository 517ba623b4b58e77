/** That a directory is one run's and no other's, within this process and between processes. */
@NullMarked
package io.github.dynarestore.internal.lock;

import org.jspecify.annotations.NullMarked;
