"""What headquarters may know: figures a centre has released. They are frozen; the tables live in the schema `headquarters`."""

from django.db import models


class Indicator(models.TextChoices):
    """Activity totals (tier L0): they describe the work, not traits of persons; outcomes of persons are not among them."""

    NEW_CONSULTATIONS = "new_consultations", "新規相談受付"
    PLANS_MADE = "plans_made", "プラン作成"
    MEETINGS_HELD = "meetings_held", "支援調整会議の開催"
    SUPPORT_RECORDS = "support_records", "相談・支援の件数"
    VISITS = "visit_accompany", "訪問・同行"
    CLOSED_CASES = "closed_cases", "終結"


class ReleasedFigure(models.Model):
    """One figure of one centre and month. Written only by `public.release_month`, read only by headquarters' login."""

    pk = models.CompositePrimaryKey("centre", "month", "indicator")
    centre = models.CharField(max_length=63)
    centre_name = models.CharField(max_length=100)
    month = models.DateField()
    indicator = models.CharField(max_length=40, choices=Indicator.choices)
    figure = models.PositiveIntegerField()
    released_on = models.DateField()

    class Meta:
        verbose_name = "公表値"
        managed = False
        db_table = 'headquarters"."released_figure'

    def __str__(self) -> str:
        return f"{self.centre} {self.month} {self.indicator}"


class OverdueReviews(models.Model):
    """How many reviews of reading a centre has not done in time, how many nobody there may do, and how often glass was broken within
    thirty days. Counts, nothing about whom.
    """

    centre = models.CharField(max_length=63, primary_key=True)
    centre_name = models.CharField(max_length=100)
    overdue = models.PositiveIntegerField()
    nobodys = models.PositiveIntegerField()
    broken_glass = models.PositiveIntegerField(default=0)
    counted_on = models.DateField()

    class Meta:
        verbose_name = "遅れている閲覧の確認"
        managed = False
        db_table = 'headquarters"."overdue_review'

    def __str__(self) -> str:
        return f"{self.centre} {self.overdue}"
