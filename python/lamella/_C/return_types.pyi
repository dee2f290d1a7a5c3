"""What functions with two results give."""

from lamella.return_types import (
    aminmax as aminmax,
    cummax as cummax,
    cummin as cummin,
    kthvalue as kthvalue,
    max as max,
    median as median,
    min as min,
    mode as mode,
    nanmedian as nanmedian,
    sort as sort,
    topk as topk
)
