package io.github.dynarestore.model;

/** Why a restore as a whole could not go on; stable names. */
public enum RestoreErrorCode {
    /** The plan contradicts itself or names what does not exist. */
    PLAN_INVALID(Kind.PLAN),
    /** No object was found at a location. */
    BACKUP_EMPTY(Kind.BACKUP),
    /** A manifest names an object that is not there, or cannot be read itself. */
    BACKUP_INCOMPLETE(Kind.BACKUP),
    /** No format, or more than one, fits what lies at a location. */
    FORMAT_UNKNOWN(Kind.BACKUP),
    /** The backup is compressed in a way that needs a library which is not there. */
    CODEC_MISSING(Kind.PLAN),
    /** Two implementations of the SPI claim one id, or an id is not valid. */
    EXTENSION_CLASH(Kind.PLAN),
    /** An object is in an archive class and cannot be read. */
    OBJECT_ARCHIVED(Kind.BACKUP),
    /** An object changed or vanished since it was listed. */
    SOURCE_CHANGED(Kind.BACKUP),
    /** An object could not be read, all retries spent. */
    SOURCE_UNREADABLE(Kind.SERVICE),
    /** There are records that cannot be used, and the plan does not dead-letter them. */
    BAD_RECORDS(Kind.BACKUP),
    /** Records of one key are ordered by sequence numbers here and by times there, which cannot be compared. */
    ORDER_MIXED(Kind.BACKUP),
    /** One key has more contradicting changes of the same order than the survey's memory holds. */
    SURVEY_MEMORY(Kind.PLAN),
    /** The survey's rows could not be written to disk, or not be read from it. */
    SPILL_FAILED(Kind.SERVICE),
    /** Changes are missing in the log, and the plan does not put up with that. */
    HISTORY_GAPS(Kind.BACKUP),
    /** Changes are to be undone whose records do not say what was there before. */
    OLD_IMAGES_MISSING(Kind.BACKUP),
    /** Items are to be deleted that are not in the backup, and the plan does not confirm how many. */
    EXTRAS_UNCONFIRMED(Kind.PLAN),
    /** The target table does not exist. */
    TARGET_MISSING(Kind.PLAN),
    /** The target table is not ACTIVE. */
    TARGET_NOT_ACTIVE(Kind.SERVICE),
    /** DynamoDB could not be asked about the target table. */
    TARGET_UNREACHABLE(Kind.SERVICE),
    /** The target table's key schema does not fit the records. */
    KEY_SCHEMA_MISMATCH(Kind.PLAN),
    /** More records than the plan puts up with cannot be used: table, indexes or format do not fit the backup. */
    SCHEMA_MISMATCH(Kind.PLAN),
    /** The target table holds items, and the plan does not overwrite. */
    TARGET_NOT_EMPTY(Kind.PLAN),
    /** A table is to be created under a name that another one has. */
    TARGET_EXISTS(Kind.PLAN),
    /** The table could not be created or changed as the plan asks for, or not be put back. */
    TABLE_CHANGE_FAILED(Kind.SERVICE),
    /** Records have what an index of the target table takes for its key in another type, so that DynamoDB would refuse them. */
    INDEX_KEY_MISMATCH(Kind.PLAN),
    /** The target table's stream feeds the backup that is being read. */
    STREAM_FEEDS_BACKUP(Kind.PLAN),
    /** The caller's credentials expire before the restore can be done, and nothing renews them. */
    CREDENTIALS_EXPIRE(Kind.SERVICE),
    /** DynamoDB would not take writes for longer than the plan's patience. */
    WRITES_STALLED(Kind.SERVICE),
    /** DynamoDB or S3 refused the caller. */
    ACCESS_DENIED(Kind.SERVICE),
    /** A dead letter could not be stored. */
    DEAD_LETTER_SINK_FAILED(Kind.SERVICE),
    /** What lies at the checkpoint's place is no checkpoint, is one of another version, or is damaged. */
    CHECKPOINT_INVALID(Kind.PLAN),
    /** Another process, or another restore of this one, has the checkpoint. */
    CHECKPOINT_IN_USE(Kind.PLAN),
    /** The checkpoint is that of another plan, another table or another backup. */
    CHECKPOINT_MISMATCH(Kind.PLAN),
    /** The checkpoint could not be read or written. */
    CHECKPOINT_FAILED(Kind.SERVICE),
    /** The records do not add up, or a stage broke its contract: a fault of this library or of an extension. */
    INTERNAL(Kind.INTERNAL);

    /** Whose turn it is. */
    public enum Kind {
        /** The caller's: change the plan or the table. */
        PLAN,
        /** The backup's owner's: something is wrong with its objects. */
        BACKUP,
        /** A service's: try again later, or mend access. */
        SERVICE,
        /** Ours. */
        INTERNAL
    }

    private final Kind kind;

    RestoreErrorCode(Kind kind) {
        this.kind = kind;
    }

    /** Whose turn it is. */
    public Kind kind() {
        return kind;
    }
}
