"""What was shipped before, as Git and packages know it: the locks and the texts of earlier builds."""
