import { Box, Skeleton } from "@mantine/core";
import { IconFileTypePdf, IconPhotoOff } from "@tabler/icons-react";

import { useEvidenceUrl } from "~/features/evidence/useEvidenceUrl";

import classes from "./EvidenceThumb.module.css";

/** A small picture of evidence; decoration, so the name must stand beside it. */
export function EvidenceThumb({
  path,
  size = 56,
  pdf = false,
}: {
  path: string | null;
  size?: number;
  pdf?: boolean;
}) {
  const { url, failed } = useEvidenceUrl(path);
  const style = { width: size, height: size };
  if (path && !url && !failed)
    return <Skeleton width={size} height={size} radius={8} style={{ flexShrink: 0 }} />;
  return (
    <Box className={classes.thumb} style={style} aria-hidden>
      {url ? <img src={url} alt="" /> : <IconPhotoOff size={20} />}
      {pdf && <IconFileTypePdf className={classes.pdf} size={18} />}
    </Box>
  );
}
