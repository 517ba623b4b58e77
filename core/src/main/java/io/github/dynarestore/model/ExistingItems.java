package io.github.dynarestore.model;

/** What to do with items that the target table holds already. */
public enum ExistingItems {
    /** Refuse to start unless the table is empty. */
    REFUSE,
    /** Write over them, and send deletes too; items of keys that the backup does not name stay. */
    OVERWRITE,
    /** Leave them as they are, and count them; write only keys that the table does not hold. */
    INSERT_ONLY,
    /**
     * Write over them, and delete every other: afterwards the table holds precisely the state. How many items are deleted
     * has to be confirmed in the plan.
     */
    EXACT
}
