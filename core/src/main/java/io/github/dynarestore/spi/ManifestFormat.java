package io.github.dynarestore.spi;

import java.io.IOException;
import org.jspecify.annotations.Nullable;

/**
 * A format whose backups say in a manifest of which objects they consist. Where a manifest lies, objects in the same
 * directories that it does not name are left out.
 */
public interface ManifestFormat extends BackupFormat {

    /** Reads other files of the manifest's own directory. */
    @FunctionalInterface
    interface Siblings {
        /** The bytes of a file, as they are stored; null if there is none of this name. */
        byte @Nullable [] read(String fileName) throws IOException;
    }

    /** Whether a file of this name is a manifest of the format. */
    boolean isManifest(String fileName);

    /**
     * Reads a manifest.
     *
     * @param manifest its bytes, as they are stored
     * @return null if the file only bears the name of a manifest, and is none of this format
     * @throws IOException if it is damaged, or contradicts itself; the restore is then refused with the message
     */
    @Nullable
    BackupManifest readManifest(byte[] manifest, Siblings siblings) throws IOException;
}
