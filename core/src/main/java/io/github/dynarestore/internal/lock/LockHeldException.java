package io.github.dynarestore.internal.lock;

import java.io.IOException;

/** Somebody else holds the lock. */
public final class LockHeldException extends IOException {

    private static final long serialVersionUID = 1L;

    LockHeldException(String holder) {
        super(holder + " has it");
    }
}
