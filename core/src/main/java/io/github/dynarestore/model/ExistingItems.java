package io.github.dynarestore.model;

/** What to do with items that the target table holds already. */
public enum ExistingItems {
    /** Refuse to start unless the table is empty. */
    REFUSE,
    /** Write over them, and send deletes too; items of keys that the backup does not name stay. */
    OVERWRITE
}
